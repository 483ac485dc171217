using System.Net;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Reads lists as block lists come: a domain a line, with or without a leading <c>*.</c> or <c>.</c>; or a hosts file, an address and names a line. <c>#</c> starts
/// a comment. Any bytes are read to their end; what is no domain is counted with its line.
/// </summary>
public static class DomainListReader
{
    private const int ChunkBytes = 1 << 16;

    // No line of a list is longer: a hosts line with a dozen of the longest names.
    private const int LineBytesMax = 4096;

    private const int QuoteMax = 80;

    // Names that a hosts file gives to the machine itself.
    private static readonly HashSet<string> OwnNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix",
        "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0",
    };

    /// <summary>Reads a list into a table.</summary>
    /// <param name="list">The list, read to its end.</param>
    /// <param name="table">Where its domains go, as suffixes in a plain list, exact in a hosts file, as these mean them.</param>
    /// <param name="value">The number its domains get; not 0.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static DomainListReport Read(Stream list, DomainTable table, ushort value)
    {
        var report = new DomainListReport();
        byte[] buffer = new byte[ChunkBytes];
        int held = 0;
        while (true)
        {
            int read = list.Read(buffer, held, buffer.Length - held);
            held += read;
            int taken = TakeLines(buffer.AsSpan(0, held), isLast: read == 0, table, value, report);
            buffer.AsSpan(taken, held - taken).CopyTo(buffer);
            held -= taken;
            if (read == 0)
                return report;
        }
    }

    private static int TakeLines(ReadOnlySpan<byte> bytes, bool isLast, DomainTable table, ushort value, DomainListReport report)
    {
        int taken = 0;
        while (taken < bytes.Length)
        {
            ReadOnlySpan<byte> rest = bytes[taken..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0 && !isLast && rest.Length < ChunkBytes)
                break;
            int length = end < 0 ? rest.Length : end;
            taken += end < 0 ? length : length + 1;
            report.LineCount++;
            if (length > LineBytesMax)
                report.AddError(report.LineCount, Quote(rest[..length]), $"longer than {LineBytesMax} bytes");
            else
                TakeLine(rest[..length], table, value, report);
        }

        return taken;
    }

    private static void TakeLine(ReadOnlySpan<byte> line, DomainTable table, ushort value, DomainListReport report)
    {
        int comment = line.IndexOf((byte)'#');
        if (comment >= 0)
            line = line[..comment];
        ReadOnlySpan<byte> word = NextWord(ref line);
        if (word.IsEmpty)
            return;

        ReadOnlySpan<byte> second = NextWord(ref line);
        if (second.IsEmpty)
        {
            Add(TrimWildcard(word), DomainMatch.Suffix, table, value, report);
            return;
        }

        if (!IPAddress.TryParse(Quote(word), out _))
        {
            report.AddError(report.LineCount, Quote(word), "is no address, though names follow");
            return;
        }

        for (; !second.IsEmpty; second = NextWord(ref line))
        {
            if (!OwnNames.Contains(Quote(second)))
                Add(second, DomainMatch.Exact, table, value, report);
        }
    }

    private static void Add(ReadOnlySpan<byte> domain, DomainMatch match, DomainTable table, ushort value, DomainListReport report)
    {
        switch (table.TryAdd(domain, value, match))
        {
            case DomainAddResult.Added:
                report.AddedCount++;
                break;
            case DomainAddResult.Duplicate:
                report.DuplicateCount++;
                break;
            case DomainAddResult.Full:
                report.AddError(report.LineCount, Quote(domain), $"the table is full: it holds {table.Capacity} domains");
                break;
            default:
                report.AddError(report.LineCount, Quote(domain), "is no domain");
                break;
        }
    }

    private static ReadOnlySpan<byte> TrimWildcard(ReadOnlySpan<byte> word)
    {
        if (word.StartsWith("*."u8))
            return word[2..];
        return word[0] == (byte)'.' ? word[1..] : word;
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t\r"u8);
        int end = line.IndexOfAny(" \t\r"u8);
        ReadOnlySpan<byte> word = end < 0 ? line : line[..end];
        line = line[word.Length..];
        return word;
    }

    private static string Quote(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[Math.Min(bytes.Length, QuoteMax)];
        for (int i = 0; i < text.Length; i++)
            text[i] = bytes[i] is >= 0x20 and < 0x7F ? (char)bytes[i] : '?';
        return new string(text);
    }
}
