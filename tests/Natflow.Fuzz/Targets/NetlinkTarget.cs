using System.Runtime.InteropServices;
using Natflow.Netlink.Messages;

namespace Natflow.Fuzz.Targets;

/// <summary>Messages of the kernel's routing socket.</summary>
internal sealed class NetlinkTarget : FuzzTarget
{
    public override string Name => "netlink";

    public override IEnumerable<byte[]> Seeds() =>
    [
        Message(MessageType.NewLink, [0, 0, 1, 0, 2, 0, 0, 0, 0x43, 0x10, 1, 0, 0, 0, 0, 0, .. Attribute(3, "eth0\0"u8), .. Attribute(1, [2, 0, 0, 0, 0, 1]), .. Attribute(4, [0xDC, 5, 0, 0])]),
        Message(MessageType.NewAddress, [2, 24, 0x80, 0, 2, 0, 0, 0, .. Attribute(1, [10, 0, 0, 1]), .. Attribute(2, [10, 0, 0, 1])]),
        Message(MessageType.NewRoute, [2, 8, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, .. Attribute(1, [10, 0, 0, 0]), .. Attribute(5, [10, 0, 0, 254]), .. Attribute(4, [2, 0, 0, 0])]),
        Message(MessageType.NewRoute, [2, 8, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, .. Attribute(9, [16, 0, 0, 1, 2, 0, 0, 0, .. Attribute(5, [10, 0, 0, 254])])]),
        Message(28, [2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, .. Attribute(1, [10, 0, 0, 9]), .. Attribute(2, [2, 0, 0, 0, 0, 9])]),
        Message(MessageType.Error, [0xEA, 0xFF, 0xFF, 0xFF, .. new byte[16], .. Attribute(1, "text\0"u8)]),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        var reader = new MessageReader(input);
        for (int count = 0; reader.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload); count++)
        {
            if (count > input.Length) throw new InvalidOperationException("more messages than bytes");
            outcome.Add(Math.Min(header.Type, (ushort)40));
            outcome.Add((int)LinkParser.Parse(payload, out _));
            outcome.Add((int)AddressParser.Parse(payload, out _));
            outcome.Add((int)RouteParser.Parse(payload, out _, out _));
            outcome.Add((int)NeighbourParser.Parse(payload, out _));
            outcome.Add(ErrorParser.TryParse(in header, payload, out int errno, out string text));
            outcome.AddSize(text?.Length ?? 0);
            outcome.Add(errno > 0);
        }

        return outcome.Value;
    }

    private static byte[] Message(ushort type, ReadOnlySpan<byte> payload)
    {
        byte[] message = [.. new byte[16], .. payload];
        MemoryMarshal.Write(message, (uint)message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        return [.. message, .. new byte[-message.Length & 3]];
    }

    private static byte[] Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        byte[] attribute = [.. new byte[4], .. value, .. new byte[-value.Length & 3]];
        MemoryMarshal.Write(attribute, (ushort)(4 + value.Length));
        MemoryMarshal.Write(attribute.AsSpan(2), type);
        return attribute;
    }
}
