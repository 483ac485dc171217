using System.Globalization;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.nat.timeouts</c>.</summary>
internal static class TimeoutsBinder
{
    /// <summary>Binds the section.</summary>
    internal static TimeoutSettings Bind(SettingsSection section, BindingLog log)
    {
        var settings = new TimeoutSettings
        {
            TcpEstablished = section.Duration("tcp-established", "1s", "30d"),
            TcpOpening = section.Duration("tcp-opening", "1s", "1h"),
            TcpClosing = section.Duration("tcp-closing", "1s", "1h"),
            TcpTransitory = section.Duration("tcp-transitory", "1s", "1h"),
            TcpIncomingSyn = section.Duration("tcp-incoming-syn", "1s", "1m"),
            Udp = section.Duration("udp", "1s", "1d"),
            UdpOneWay = section.Duration("udp-one-way", "1s", "1d"),
            UdpByPort = ByPort(section, log),
            Icmp = section.Duration("icmp", "1s", "1h"),
            Fragment = section.Duration("fragment", "100ms", "1m"),
        };
        section.Finish();
        return settings;
    }

    private static SortedDictionary<ushort, TimeSpan> ByPort(SettingsSection section, BindingLog log)
    {
        var result = new SortedDictionary<ushort, TimeSpan>();
        SettingReader<TimeSpan> read = SettingReaders.Duration("1s", "1d");
        IReadOnlyDictionary<string, HoconValue> entries = section.Map("udp-by-port", out HoconPath path);
        foreach ((string name, HoconValue value) in entries)
        {
            if (!ushort.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
                log.Error(value.Location, path.Child(name), "expected a port from 1 to 65535 as the key");
            else if (!read(value, out TimeSpan timeout))
                log.Error(value.Location, path.Child(name), $"expected a duration from 1s to 1d, not {SettingsSection.Given(value)}");
            else
                result[port] = timeout; // 53 and 053 are one port.
        }

        section.Record("udp-by-port", $"{{{string.Join(", ", result.Select(static pair => $"{pair.Key} = {SettingReaders.InMilliseconds(pair.Value)}"))}}}");
        return result;
    }
}
