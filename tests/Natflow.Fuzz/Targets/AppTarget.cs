using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;

namespace Natflow.Fuzz.Targets;

/// <summary>Two packets of a flow through all signatures; the first bytes choose transport, ports and direction.</summary>
internal sealed class AppTarget : FuzzTarget
{
    private const int ChoiceBytes = 3;

    private static readonly ushort[] Ports = [53, 69, 123, 138, 161, 389, 443, 1812, 3389, 5683, 8801, 57621, 40001];

    private readonly AppCatalogue _catalogue = AppCatalogue.LoadBuiltIn(seed: 1);
    private readonly AppClassifier _classifier;

    public AppTarget() => _classifier = new AppClassifier(_catalogue);

    public override string Name => "app";

    public override IEnumerable<byte[]> Seeds() =>
    [
        [1, 0, 12, 83, 83, 72, 45, 50, 46, 48, 45],
        [0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1],
        [0, 0, 12, 0x41, 0, 0x12, 0x34, .. new byte[16]],
        [1, 0, 12, .. "*1\r\n$4\r\nPING\r\n"u8],
        [1, 1, 12, .. "220 ftp\r\n"u8],
        [1, 0, 12, 0x10, 12, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 2, 0, 0x3C, 0, 0],
        [0, 0, 12, 0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. new byte[12]],
        [1, 0, 8, 3, 0, 0, 11, 6, 0xE0, 0, 0, 0, 0, 0],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.Length < ChoiceBytes)
            return outcome.Value;
        AppFlow flow = default;
        ReadOnlySpan<byte> payload = input[ChoiceBytes..];
        ushort port = Ports[input[2] % Ports.Length];
        int half = payload.Length / 2;
        for (int part = 0; part < 3; part++)
        {
            var packet = new AppPacket
            {
                Payload = part switch { 0 => payload, 1 => payload[..half], _ => payload[half..] },
                IsTcp = (input[0] & 1) != 0,
                IsReply = ((input[1] >> part) & 1) != 0,
                ClientPort = 40000,
                ServerPort = port,
            };
            outcome.Add((int)_classifier.OnPacket(ref flow, in packet));
        }

        _ = _classifier.Complete(ref flow);
        outcome.Add((int)flow.Protocol);
        outcome.Add(flow.AppId);
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _catalogue.Dispose();
        base.Dispose(isDisposing);
    }
}
