using System.Runtime.InteropServices;
using Natflow.Offload.Flower;

namespace Natflow.Fuzz.Targets;

/// <summary>What the kernel says of its traffic control rules.</summary>
internal sealed class FlowerTarget : FuzzTarget
{
    private const uint Sequence = 7;
    private const int FixedBytes = 20;

    private readonly byte[] _reply = new byte[8192];

    public override string Name => "flower";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] request = new byte[FlowerEncoder.RequestBytesMax];
        var rule = new FlowerRule { InterfaceIndex = 3, Handle = 5, Priority = 9 };
        byte[] added = FlowerEncoder.Add(request, in rule).ToArray();
        MemoryMarshal.Write(added.AsSpan(8), Sequence);
        yield return added;
        byte[] answer = [.. added];
        MemoryMarshal.Write(answer.AsSpan(4), (ushort)44); // RTM_NEWTFILTER.
        yield return answer;
        byte[] error = [.. new byte[16], 0xEA, 0xFF, 0xFF, 0xFF, .. new byte[16], 8, 0, 1, 0, 97, 98, 99, 0];
        MemoryMarshal.Write(error, error.Length);
        MemoryMarshal.Write(error.AsSpan(4), (ushort)2);
        MemoryMarshal.Write(error.AsSpan(6), (ushort)0x300);
        MemoryMarshal.Write(error.AsSpan(8), Sequence);
        yield return error;
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        bool isThere = TcReply.TryRead(input, Sequence, _reply, out int replyBytes, out int errno, out string text);
        outcome.Add(isThere);
        outcome.Add(errno != 0);
        outcome.AddSize(text.Length);
        ReadOnlySpan<byte> payload = replyBytes > 0 ? _reply.AsSpan(0, replyBytes) : input;
        outcome.Add((int)FlowerDecoder.TryDecode(payload, out _, out _));
        if (input.Length > FixedBytes) outcome.Add((int)FlowerDecoder.TryDecode(input[4..], out _, out _));
        return outcome.Value;
    }
}
