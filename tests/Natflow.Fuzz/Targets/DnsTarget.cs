using Natflow.Inspect.Dns;

namespace Natflow.Fuzz.Targets;

internal sealed class DnsTarget : FuzzTarget
{
    private readonly byte[] _name = new byte[DnsMessageReader.NameTextMax];

    public override string Name => "dns";

    public override IEnumerable<byte[]> Seeds() =>
    [
        [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 2, 100, 101, 0, 0, 1, 0, 1],
        [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4, 0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, .. new byte[16]],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        var reader = new DnsMessageReader(input);
        outcome.Add(reader.IsResponse);
        outcome.Add(reader.IsStandard);
        for (int i = 0; reader.TryReadQuestion(_name, out int textBytes, out _); i++)
        {
            if (i < 8) outcome.AddSize(textBytes);
        }

        for (int i = 0; reader.TryReadAddress(out ReadOnlySpan<byte> address, out uint ttlSeconds); i++)
        {
            if (i >= 8) continue;
            outcome.Add(address.Length);
            outcome.AddSize(ttlSeconds);
        }

        return outcome.Value;
    }
}
