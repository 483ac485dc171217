using System.Globalization;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;
using Natflow.Testing;

namespace Natflow.Journal.Load;

/// <summary><c>LOCATION SPILL ROUND SLOW-AT</c>: appends to three streams until it is killed; a line <c>STREAM NUMBER</c> says what is durable.</summary>
internal static class Program
{
    private const int StreamCount = 3;
    private const int BatchMax = 64;
    private const int WaitingMax = 8192;

    private static int Main(string[] arguments)
    {
        int round = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        var settings = new JournalWriterSettings
        {
            SpillPath = arguments[1],
            SlowAt = int.Parse(arguments[3], CultureInfo.InvariantCulture),
            RetryMin = TimeSpan.FromMilliseconds(20),
            BatchMax = 1024,
        };
        using TextWriter output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        using var writer = new JournalWriter(JournalLocation.Parse(arguments[0]).Open, EventCatalogue.Default, settings, TimeProvider.System, notice => Console.Error.WriteLine(notice.Text));
        var prng = new Prng(round);
        int[] numbers = new int[StreamCount];
        while (true)
        {
            int stream = prng.Next(StreamCount);
            int count = 1 + prng.Next(BatchMax);
            int first = numbers[stream];
            int last = numbers[stream] += count;
            var facts = new JournalFact[count];
            for (int i = 0; i < count; i++)
                facts[i] = new JournalFact(new UrlVisited($"10.0.0.{stream}", "tls", string.Create(CultureInfo.InvariantCulture, $"{round}.{stream}.{first + i + 1}.example")));
            if (!writer.Append($"load-{stream}", facts, failure => Tell(output, stream, last, failure)))
                return 1;
            if (writer.Status.Waiting > WaitingMax)
                writer.Flush().GetAwaiter().GetResult();
        }
    }

    private static void Tell(TextWriter output, int stream, int last, Exception? failure)
    {
        if (failure is null)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stream} {last}"));
    }
}
