using System.Buffers;
using Natflow.Core;
using Natflow.Policy.Qos;

namespace Natflow.Policy.Control;

/// <summary>Reads the fields of a QoS rule: <c>user</c> first, the others by name, <c>rxbytes</c> right before <c>txbytes</c>.</summary>
internal static class QosRuleText
{
    private static readonly SearchValues<char> QuadCharacters = SearchValues.Create("0123456789.");

    private static readonly QosRule Everything = new(QosAddress.Any, QosPort.Any, QosAddress.Any, QosPort.Any, 0, 0, 0);

    public static ControlResult Parse(string text, out QosRule rule)
    {
        rule = Everything;
        string[] parts = text.TrimEnd().Split(',');
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < parts.Length; i++)
        {
            int equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return ControlResult.Ignored($"'{LineText.Shown(parts[i])}': expected name=value");
            string key = parts[i][..equals];
            if (!seen.Add(key))
                return ControlResult.Invalid($"{key} is given twice");
            ControlResult result = Take(ref rule, key, parts[i][(equals + 1)..], PlaceOf(parts, i));
            if (!result.IsTaken)
                return result;
        }

        return ControlResult.Taken;
    }

    private static FieldPlace PlaceOf(string[] parts, int index) => new(
        IsLast: index == parts.Length - 1,
        IsBehindRx: index > 0 && parts[index - 1].StartsWith("rxbytes=", StringComparison.Ordinal),
        IsBeforeTx: index + 1 < parts.Length && parts[index + 1].StartsWith("txbytes=", StringComparison.Ordinal));

    private static ControlResult Take(ref QosRule rule, string key, string value, FieldPlace place)
    {
        switch (key)
        {
            case "user" or "remote":
                ControlResult addressed = ParseAddress(key, value, out QosAddress address);
                rule = key == "user" ? rule with { User = address } : rule with { Remote = address };
                return addressed;
            case "user_port" or "remote_port":
                ControlResult ported = ParsePort(key, value, out QosPort port);
                rule = key == "user_port" ? rule with { UserPort = port } : rule with { RemotePort = port };
                return ported;
            case "proto":
                rule = rule with { Protocol = value switch { "tcp" => IpProtocol.Tcp, "udp" => IpProtocol.Udp, _ => 0 } };
                return value is "tcp" or "udp" or "" && !place.IsLast
                    ? ControlResult.Taken
                    : ControlResult.Invalid("proto is tcp, udp or empty, and another field follows it");
            case "rxbytes" or "txbytes":
                return TakeRate(ref rule, key, value, place);
            default:
                return ControlResult.Ignored($"'{LineText.Shown(key)}' is no field of a QoS rule");
        }
    }

    private static ControlResult TakeRate(ref QosRule rule, string key, string value, FieldPlace place)
    {
        bool isRx = key == "rxbytes";
        if (isRx ? !place.IsBeforeTx : !place.IsBehindRx)
            return ControlResult.Invalid("rxbytes and txbytes stand side by side, in that order");
        if (!LineText.TryStrictNumber(value, uint.MaxValue, out uint rate))
            return ControlResult.Invalid($"{key} '{LineText.Shown(value)}': bytes a second from 0 to {uint.MaxValue} were expected");
        rule = isRx ? rule with { RxBytesPerSecond = rate } : rule with { TxBytesPerSecond = rate };
        return ControlResult.Taken;
    }

    private static ControlResult ParseAddress(string key, string value, out QosAddress address)
    {
        address = QosAddress.Any;
        if (value.Length == 0)
            return ControlResult.Taken;
        if (LooksLikeAddress(value))
        {
            if (!IpNet.TryParse(value, out IpNet net, out string? error))
                return ControlResult.Invalid($"{key}: {error}");
            address = QosAddress.Of(net);
            return ControlResult.Taken;
        }

        address = QosAddress.OfSet(value);
        return LineText.IsSetName(value) ? ControlResult.Taken : BadSet(key, value);
    }

    private static ControlResult ParsePort(string key, string value, out QosPort port)
    {
        port = QosPort.Any;
        if (value.Length == 0)
            return ControlResult.Taken;
        if (char.IsAsciiDigit(value[0]))
        {
            // What follows the digits of a port is left alone: scripts of the original may lean on it.
            bool isPort = LineText.TryNumber(value, ushort.MaxValue, out uint number);
            port = QosPort.Of((ushort)number);
            return isPort ? ControlResult.Taken : ControlResult.Invalid($"{key} '{LineText.Shown(value)}': a port is 0 to 65535");
        }

        port = QosPort.OfSet(value);
        return LineText.IsSetName(value) ? ControlResult.Taken : BadSet(key, value);
    }

    private static ControlResult BadSet(string key, string value) =>
        ControlResult.Invalid($"{key} '{LineText.Shown(value)}': a set name has 1 to {LineText.SetNameMax} characters, no blank and no comma");

    // Four dotted numbers are an address even where they are no valid one, so that a slip never becomes the name of a set.
    private static bool LooksLikeAddress(string value) =>
        value.AsSpan().ContainsAny("/:") || (value.AsSpan().Count('.') == 3 && !value.AsSpan().ContainsAnyExcept(QuadCharacters));

    private readonly record struct FieldPlace(bool IsLast, bool IsBehindRx, bool IsBeforeTx);
}
