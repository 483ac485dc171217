using Natflow.Inspect.Domains;

namespace Natflow.Fuzz.Targets;

/// <summary>A block list, and its own lines as names that are looked up.</summary>
internal sealed class DomainsTarget : FuzzTarget
{
    private const int Capacity = 64;

    public override string Name => "domains";

    public override int InputBytesMax => 8192;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "# list\nads.example\n*.track.example\n.beacon.example\r\nADS.EXAMPLE\n"u8.ToArray(),
        "0.0.0.0 ads.example bad.example # both\n127.0.0.1 localhost\n::1\tone.example\nnot-an-address x.example\n"u8.ToArray(),
        [.. new byte[5000], 10, .. "last.example"u8],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        using var table = new DomainTable(Capacity, seed: 1);
        DomainListReport report = DomainListReader.Read(new MemoryStream(input.ToArray()), table, 1);
        if (report.AddedCount != table.Count) throw new InvalidOperationException("added and held differ");
        outcome.AddSize(report.AddedCount);
        outcome.AddSize(report.DuplicateCount);
        outcome.AddSize(report.ErrorCount);
        int found = 0;
        foreach (Range line in input.Split((byte)'\n'))
            found += table.Find(input[line]);
        outcome.AddSize(found);
        return outcome.Value;
    }
}
