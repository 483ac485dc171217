using Natflow.Inspect.Domains;
using Natflow.Management.Control;

namespace Natflow.Host.Live;

/// <summary>Reads the operator's lists of domains into one table, in which each list has its number, from 1.</summary>
internal static class DomainListSource
{
    /// <summary>When each file was last written, and how long it is; what differs is worth reading.</summary>
    internal static IReadOnlyList<(DateTime Written, long Bytes)> StampsOf(IReadOnlyList<string> files) => [.. files.Select(static file =>
    {
        var info = new FileInfo(file);
        return info.Exists ? (info.LastWriteTimeUtc, info.Length) : (default, -1L);
    })];

    /// <summary>Reads the lists. A list is somebody else's and has mistakes: what can be read is used, and the rest is told with file and line.</summary>
    /// <param name="files">In their order.</param>
    /// <param name="seed">Of the table.</param>
    /// <param name="notes">Gets what the operator should know.</param>
    /// <param name="models">What each list came to, in their order.</param>
    /// <returns>The table, or null where there are no files.</returns>
    /// <exception cref="GatewayException">A file cannot be read, or no line of it is a domain.</exception>
    internal static DomainTable? Read(IReadOnlyList<string> files, ulong seed, List<string> notes, out IReadOnlyList<DomainListModel> models)
    {
        models = [];
        if (files.Count == 0)
            return null;
        DomainTable? lists = null;
        try
        {
            int lines = files.Sum(static file => File.ReadLines(file).Count());
            lists = new DomainTable(Math.Max(1, lines), seed);
            var read = new List<DomainListModel>();
            foreach (string file in files)
                read.Add(Read(file, lists, (ushort)(read.Count + 1), notes));
            models = read;
            return lists;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or GatewayException)
        {
            lists?.Dispose();
            throw new GatewayException(error.Message);
        }
    }

    private static DomainListModel Read(string path, DomainTable lists, ushort number, List<string> notes)
    {
        using FileStream file = File.OpenRead(path);
        DomainListReport report = DomainListReader.Read(file, lists, number);
        if (report.AddedCount + report.DuplicateCount == 0 && report.Errors.Count != 0)
            throw new GatewayException($"{path}:{report.Errors[0].Line}: '{report.Errors[0].Text}' {report.Errors[0].Reason}, and neither is any other line");
        notes.Add($"{path}: {report.AddedCount} domains");
        notes.AddRange(report.Errors.Select(error => $"{path}:{error.Line}: '{error.Text}' {error.Reason}"));
        if (report.ErrorCount > report.Errors.Count)
            notes.Add($"{path}: and {report.ErrorCount - report.Errors.Count} more lines that are no domains");
        return new DomainListModel(path, report.AddedCount, report.DuplicateCount, report.ErrorCount);
    }
}
