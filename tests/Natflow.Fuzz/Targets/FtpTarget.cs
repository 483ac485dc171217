using Natflow.Flows.Alg.Ftp;

namespace Natflow.Fuzz.Targets;

internal sealed class FtpTarget : FuzzTarget
{
    public override string Name => "ftp";

    public override int InputBytesMax => 512;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "PORT 10,0,0,5,4,1\r\n"u8.ToArray(),
        "EPRT |1|10.0.0.5|1025|\r\n"u8.ToArray(),
        "227 Entering Passive Mode (198,51,100,10,4,1).\r\n"u8.ToArray(),
        "229 Entering Extended Passive Mode (|||1025|)\r\n"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        foreach (bool isServer in (bool[])[false, true])
        {
            bool isFound = FtpLine.TryParse(input, isServer, out FtpEndpoint endpoint);
            outcome.Add(isFound);
            if (isFound) outcome.Add((int)endpoint.Format);
        }

        return outcome.Value;
    }
}
