using System.Buffers.Binary;
using System.Numerics;
using Natflow.Journal;
using Natflow.Journal.Writing;

namespace Natflow.Fuzz.Targets;

/// <summary>
/// The journal's spill file as a dead process or a bad disk left it. An odd first byte gives the bytes behind it a head with the right length and checksum, so that
/// what is inside a unit is reached.
/// </summary>
internal sealed class SpillTarget : FuzzTarget
{
    private const int UnitsMax = 4096;

    private readonly string _path = Path.GetTempFileName();

    public override string Name => "spill";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] whole = Make(entries: 2);
        yield return [0, .. whole];
        yield return [0, .. whole, .. whole[..20]];
        yield return [1, .. whole[12..]];
        yield return [1, .. Make(entries: 0)[12..]];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        File.WriteAllBytes(_path, (input[0] & 1) == 0 ? input[1..].ToArray() : Framed(input[1..]));
        using var file = new SpillFile(_path, 1 << 20);
        outcome.AddSize(file.TornBytes);
        for (int units = 0; file.TryRead() is { } unit; units++)
        {
            if (units > UnitsMax) throw new InvalidOperationException("more units than bytes");
            outcome.AddSize(unit.Entries.Count);
        }

        if (file.TornBytes + file.LengthBytes > input.Length + 12) throw new InvalidOperationException("more than there was");
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        File.Delete(_path);
        base.Dispose(isDisposing);
    }

    private byte[] Make(int entries)
    {
        File.Delete(_path);
        using (var file = new SpillFile(_path, 1 << 20))
        {
            IReadOnlyList<JournalEntry> list = [.. Enumerable.Range(1, entries).Select(static number => new JournalEntry
            {
                StreamId = "user:10.0.0.1",
                SequenceNr = number,
                CreatedTicks = 638_000_000_000_000_000,
                Manifest = "port-block-leased:1",
                Payload = [1, 2, 3],
                Salt = [4, 5],
                Digest = new byte[32],
                Keys = [7, 8],
            })];
            if (!file.TryAppend(new SpillUnit(new BatchMark("writer", 3), list))) throw new InvalidOperationException("no room");
        }

        return File.ReadAllBytes(_path);
    }

    private static byte[] Framed(ReadOnlySpan<byte> content)
    {
        byte[] unit = [.. "NPL1"u8, .. new byte[8], .. content];
        BinaryPrimitives.WriteInt32LittleEndian(unit.AsSpan(4), content.Length);
        uint sum = uint.MaxValue;
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (byte rest in content)
            sum = BitOperations.Crc32C(sum, rest);
        BinaryPrimitives.WriteUInt32LittleEndian(unit.AsSpan(8), ~sum);
        return unit;
    }
}
