using System.Text;
using Natflow.Host.Settings;

namespace Natflow.Fuzz.Targets;

/// <summary>An operator's configuration: settings, or errors that all say where.</summary>
internal sealed class SettingsTarget : FuzzTarget
{
    public override string Name => "settings";

    public override int InputBytesMax => 1024;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "natflow.inspect { enabled = on, flows = 4096, buffer = 1MiB, lists = [\"/a\"], event-log.format = json }"u8.ToArray(),
        "natflow.nat { public-addresses = [\"203.0.113.1-203.0.113.9\", \"198.51.100.0/28\"] }\nnatflow.capacity.flows = 2097152"u8.ToArray(),
        "natflow.url-log { enabled = yes, file = /x, window = 3 minutes, addresses = translated, records = 64 }"u8.ToArray(),
        "natflow.workers.shards = 3\nnatflow.nat.port-forwards = [{ protocol = tcp, external = \"203.0.113.1:80\", inside = \"10.0.0.1:80\" }]"u8.ToArray(),
        "natflow { ports { lan = [ eth1 ], wan = [ eth0 ] }, nat.public = [ 203.0.113.1 ] }"u8.ToArray(),
        "natflow.nat { blocks-per-user = x, flows-per-user = x, user-idle = x, port-parity = 7, tcp-pick-up = 7 }\nnatflow { a = 1, b = 2 }"u8.ToArray(),
        "natflow.policy { rules = [{ a = 1 }] }\nnatflow.unknown = 3\nnatflow = [1]"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        SettingsResult result = SettingsLoader.Parse(Encoding.UTF8.GetString(input), "operator.conf");
        outcome.AddSize(result.Errors.Count);
        foreach (SettingsError error in result.Errors)
        {
            if (error.ToString().Length == 0) throw new InvalidOperationException("an error without words");
        }

        return outcome.Value;
    }
}
