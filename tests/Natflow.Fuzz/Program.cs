using System.Globalization;
using System.Security.Cryptography;

namespace Natflow.Fuzz;

/// <summary><c>dotnet run --project tests/Natflow.Fuzz -- PARSER|all [--seconds N] [--seed N]</c>.</summary>
internal static class Program
{
    private const int Found = 1;
    private const int Usage = 2;
    private const int Step = 500;
    private const int DefaultSeconds = 60;

    private static int Main(string[] args)
    {
        if (args.Length == 0 || (args[0] != "all" && !FuzzTargets.Names.Contains(args[0])) || !TryOption(args, "--seconds", DefaultSeconds, out int seconds)
            || !TryOption(args, "--seed", Environment.ProcessId, out int seed))
        {
            Console.Error.WriteLine($"usage: Natflow.Fuzz PARSER|all [--seconds N] [--seed N]\nparsers: {string.Join(' ', FuzzTargets.Names)}");
            return Usage;
        }

        return (args[0] == "all" ? FuzzTargets.Names : [args[0]]).Select(name => TryRun(name, seconds, seed)).ToArray().All(static isClean => isClean) ? 0 : Found;
    }

    private static bool TryOption(string[] args, string name, int defaultValue, out int value)
    {
        value = defaultValue;
        int at = Array.IndexOf(args, name);
        return at < 0 || (at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out value));
    }

    private static bool TryRun(string name, int seconds, int seed)
    {
        using FuzzTarget target = FuzzTargets.Make(name);
        var run = new FuzzRun(target, seed);
        long start = TimeProvider.System.GetTimestamp();
        while (run.TryRun(Step) && TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
        {
            // Until the time is up or something is found.
        }

        Console.WriteLine($"{name}: seed {seed}, {run.Count} inputs, {run.OutcomeCount} outcomes{(run.Find is null ? string.Empty : ", FOUND")}");
        if (run.Find is null) return true;
        string path = $"{name}-{Convert.ToHexStringLower(SHA256.HashData(run.Find))[..16]}.bin";
        File.WriteAllBytes(path, run.Find);
        Console.WriteLine($"{run.Failure}\nkept as {path}: once it is mended, it belongs into tests/Natflow.Fuzz/corpus/{name}");
        return false;
    }
}
