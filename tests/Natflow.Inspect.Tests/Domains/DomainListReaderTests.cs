using System.Text;
using Natflow.Inspect.Domains;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Domains;

public sealed class DomainListReaderTests
{
    [Fact]
    public void Read_APlainList_AddsSuffixes()
    {
        using var table = new DomainTable(capacity: 16, seed: 1);
        DomainListReport report = Read(table, "# ads\nads.example.com\r\n*.Tracker.net # a comment\n.dot.org\n\nads.example.com\nno_domain!\n");
        Assert.Equal((3, 1, 1, 7), (report.AddedCount, report.DuplicateCount, report.ErrorCount, report.LineCount));
        Assert.Equal(new DomainListError(7, "no_domain!", "is no domain"), Assert.Single(report.Errors));
        Assert.Equal(9, table.Find("x.ads.example.com"u8));
        Assert.Equal(9, table.Find("tracker.net"u8));
        Assert.Equal(9, table.Find("a.dot.org"u8));
    }

    [Fact]
    public void Read_AHostsFile_AddsExactNames()
    {
        using var table = new DomainTable(capacity: 16, seed: 1);
        DomainListReport report = Read(table, "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 ads.example.com b.net\nx y\n0.0.0.0 last.org");
        Assert.Equal((3, 1), (report.AddedCount, report.ErrorCount));
        Assert.Equal(4, report.Errors[0].Line);
        Assert.Equal(9, table.Find("ads.example.com"u8));
        Assert.Equal(0, table.Find("x.ads.example.com"u8));
        Assert.Equal(9, table.Find("last.org"u8));
        Assert.Equal(0, table.Find("localhost"u8));
    }

    [Fact]
    public void Read_MoreThanTheTableHolds_IsCounted()
    {
        using var table = new DomainTable(capacity: 2, seed: 1);
        DomainListReport report = Read(table, "a.com\nb.com\nc.com\n");
        Assert.Equal((2, 1), (report.AddedCount, report.ErrorCount));
    }

    [Fact]
    public void Read_ALongList_IsReadOverItsChunks()
    {
        using var table = new DomainTable(capacity: 20_000, seed: 1);
        DomainListReport report = Read(table, string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"host-{i}.example.com\n")));
        Assert.Equal((20_000, 20_000, 0), (report.AddedCount, report.LineCount, report.ErrorCount));
        Assert.Equal(9, table.Find("host-19999.example.com"u8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_AnyBytes_AreReadToTheirEnd(int seed)
    {
        byte[] bytes = new byte[300_000];
        new Prng(seed).NextBytes(bytes);
        bytes.AsSpan(100_000, 150_000).Fill((byte)'a'); // A line longer than any buffer.
        using var table = new DomainTable(capacity: 16, seed: 1);
        using var stream = new MemoryStream(bytes);
        DomainListReport report = DomainListReader.Read(stream, table, 9);
        Assert.InRange(report.ErrorCount, 1, int.MaxValue);
        Assert.InRange(report.Errors.Count, 1, DomainListReport.ErrorsMax);
    }

    private static DomainListReport Read(DomainTable table, string text)
    {
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(text));
        return DomainListReader.Read(stream, table, 9);
    }
}
