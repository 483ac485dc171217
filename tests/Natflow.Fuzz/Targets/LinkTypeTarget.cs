using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Fuzz.Targets;

/// <summary>A captured frame of any link type, made Ethernet; the first byte chooses the type.</summary>
internal sealed class LinkTypeTarget : FuzzTarget
{
    private const uint Start = 512;

    private static readonly int[] Types = [.. Enumerable.Range(0, 300).Where(LinkTypeAdapter.IsKnown)];

    private readonly Umem _umem = new(2, 8192);

    public override string Name => "linktype";

    public override int InputBytesMax => 1500;

    public override IEnumerable<byte[]> Seeds() => Enumerable.Range(0, Types.Length).Select(static type => (byte[])[(byte)type, 0xFF, 3, 0, 0x21, 0, 0, 0, 2, .. new byte[40]]);

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        uint offset = Start;
        int length = input.Length - 1;
        input[1..].CopyTo(_umem.Frame(offset, length));
        LinkTypeAdapter.ToEthernet(Types[input[0] % Types.Length], _umem, ref offset, ref length);
        if (length > input.Length + 13 || offset < Start - 14 || offset + (uint)length > Start + (uint)input.Length) throw new InvalidOperationException("a frame beyond the input");
        outcome.AddSize(length);
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _umem.Dispose();
        base.Dispose(isDisposing);
    }
}
