namespace Natflow.Cli.Demo;

/// <summary>A host name that subscribers were seen to ask for, by the rows of a URL log.</summary>
/// <param name="Name">Host name.</param>
/// <param name="SubscriberCount">How many asked.</param>
/// <param name="DnsCount">Questions about it.</param>
/// <param name="HttpCount">Requests to it.</param>
/// <param name="TlsCount">ClientHellos over TCP that name it.</param>
/// <param name="QuicCount">ClientHellos over QUIC that name it.</param>
internal sealed record VisitedName(string Name, int SubscriberCount, int DnsCount, int HttpCount, int TlsCount, int QuicCount)
{
    private const int KindColumn = 0;
    private const int SubscriberColumn = 1;
    private const int NameColumn = 5;
    private const int HttpNameColumn = 6;

    /// <summary>Reads a URL log.</summary>
    /// <param name="path">As <c>natflow replay --url-log</c> writes it.</param>
    /// <returns>Names, the busiest first.</returns>
    internal static IReadOnlyList<VisitedName> Read(string path) =>
    [
        .. File.ReadLines(path).Select(static line => line.Split('\t')).GroupBy(NameOf).Select(static rows => Of(rows.Key, [.. rows]))
            .OrderByDescending(static name => name.DnsCount + name.HttpCount + name.TlsCount + name.QuicCount).ThenBy(static name => name.Name, StringComparer.Ordinal),
    ];

    private static string NameOf(string[] row) => row[row[KindColumn] == "http" ? HttpNameColumn : NameColumn];

    private static VisitedName Of(string name, string[][] rows) => new(
        name, rows.Select(static row => row[SubscriberColumn]).Distinct().Count(), Count(rows, "dns"), Count(rows, "http"), Count(rows, "tls"), Count(rows, "quic"));

    private static int Count(string[][] rows, string kind) => rows.Count(row => row[KindColumn] == kind);
}
