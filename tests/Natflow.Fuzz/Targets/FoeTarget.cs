using Natflow.Offload.MediaTek;

namespace Natflow.Fuzz.Targets;

/// <summary>Entries of all generations of the engine's table; the first byte chooses. What was read and written again reads the same.</summary>
internal sealed class FoeTarget : FuzzTarget
{
    private static readonly FoeLayout[] Layouts = [FoeLayout.V1, FoeLayout.V2, FoeLayout.V3];

    public override string Name => "foe";

    public override int InputBytesMax => 160;

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte layout = 0; layout < Layouts.Length; layout++)
        {
            for (int type = 0; type < 16; type++)
            {
                byte[] entry = new byte[1 + Layouts[layout].EntryBytes];
                entry[0] = layout;
                BitConverter.TryWriteBytes(entry.AsSpan(1), (uint)type << (layout == 0 ? 25 : 23));
                yield return entry;
            }
        }
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        FoeLayout layout = Layouts[input[0] % Layouts.Length];
        FoeDecodeStatus status = FoeCodec.TryDecode(layout, input[1..], out FoeBody body);
        outcome.Add((int)status);
        if (status != FoeDecodeStatus.Decoded) return outcome.Value;
        outcome.Add((int)body.Type);
        byte[] once = new byte[layout.EntryBytes];
        byte[] twice = new byte[layout.EntryBytes];
        FoeCodec.Encode(layout, in body, once);
        if (FoeCodec.TryDecode(layout, once, out FoeBody again) != FoeDecodeStatus.Decoded) throw new InvalidOperationException("what was written cannot be read");
        FoeCodec.Encode(layout, in again, twice);
        if (!once.AsSpan().SequenceEqual(twice)) throw new InvalidOperationException($"{Convert.ToHexString(once)} became {Convert.ToHexString(twice)}");
        return outcome.Value;
    }
}
