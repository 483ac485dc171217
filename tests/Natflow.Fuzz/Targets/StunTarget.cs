using Natflow.Host.NatTest;

namespace Natflow.Fuzz.Targets;

/// <summary>Answers of a STUN server to the NAT test.</summary>
internal sealed class StunTarget : FuzzTarget
{
    private static readonly byte[] Head = [0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    public override string Name => "stun";

    public override int InputBytesMax => 512;

    public override IEnumerable<byte[]> Seeds() =>
    [
        [1, 1, 0, 12, .. Head, 0, 0x20, 0, 8, 0, 1, 0x12, 0x34, 1, 2, 3, 4],
        [1, 1, 0, 24, .. Head, 0, 0x20, 0, 20, 0, 2, 0x12, 0x34, .. new byte[16]],
        [1, 1, 0, 24, .. Head, 0x80, 0x2C, 0, 8, 0, 1, 0x12, 0x34, 1, 2, 3, 4, 0, 1, 0, 8, 0, 1, 0, 9, 9, 9, 9, 9],
        [1, 0x11, 0, 8, .. Head, 0, 9, 0, 4, 0, 0, 4, 20],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        outcome.Add(StunMessage.TryParse(input, out StunMessage? message));
        if (message is null) return outcome.Value;
        outcome.Add(message.Type);
        outcome.Add(message.MappedAddress?.AddressFamily is { } family ? (int)family : -1);
        outcome.Add(message.ErrorCode / 100);
        outcome.Add(message.HasUnknownMandatory);
        return outcome.Value;
    }
}
