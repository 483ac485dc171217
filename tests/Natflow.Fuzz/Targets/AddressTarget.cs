using System.Text;
using Natflow.Core;
using Natflow.Journal.Audit;
using Natflow.Management.Control;
using Natflow.Policy;

namespace Natflow.Fuzz.Targets;

/// <summary>Addresses, prefixes, MACs, rates and times as people write them; what is printed reads the same.</summary>
internal sealed class AddressTarget : FuzzTarget
{
    public override string Name => "address";

    public override int InputBytesMax => 80;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "10.1.2.3"u8.ToArray(), "10.0.0.0/8"u8.ToArray(), "2001:db8::1"u8.ToArray(), "2001:db8::/32"u8.ToArray(), "::ffff:10.0.0.1"u8.ToArray(), "10.0.0.1-10.0.0.9"u8.ToArray(),
        "00:11:22:33:44:55"u8.ToArray(), "10Mbit"u8.ToArray(), "2026-01-02T03:04:05.678Z"u8.ToArray(), "tcp"u8.ToArray(), "1234567"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        string text = Encoding.UTF8.GetString(input);
        bool isPrefix = Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out _);
        outcome.Add(isPrefix);
        if (isPrefix && (!Ipv4Prefix.TryParse(prefix.ToString(), out Ipv4Prefix same, out _) || !same.Equals(prefix))) throw new InvalidOperationException(prefix.ToString());
        bool isAddress = Ipv6Address.TryParse(text, out Ipv6Address address);
        outcome.Add(isAddress);
        if (isAddress && (!Ipv6Address.TryParse(address.ToString(), out Ipv6Address again) || !again.Equals(address))) throw new InvalidOperationException(address.ToString());
        outcome.Add(Ipv6Prefix.TryParse(text, out _, out _));
        outcome.Add(Ipv4Prefix.TryParseAddress(text, out _));
        outcome.Add(IpNet.TryParse(text, out _, out _));
        outcome.Add(IpAddress.TryParse(text, out _));
        outcome.Add(MacText.TryParse(text, out _));
        outcome.Add(Natflow.Policy.Qos.QosLimits.TryParseRate(text, out _));
        outcome.Add(AuditTime.TryParse(text, out _));
        outcome.Add(Endpoint.TryParseAddress(text, out _));
        outcome.Add(Endpoint.TryParseProtocol(text, out _));
        outcome.Add(Natflow.Netlink.Model.IpAddress.TryParse(text, out _));
        return outcome.Value;
    }
}
