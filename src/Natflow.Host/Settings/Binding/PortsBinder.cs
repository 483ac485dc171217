using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.ports</c>.</summary>
internal static class PortsBinder
{
    private const string InterfaceExpected = "the name of an interface, 1 to 15 characters";
    private const string ClampExpected = "off, path-mtu or a number of bytes from 536 to 9960";

    private static readonly (string Word, PortMode Value)[] Modes =
        [("auto", PortMode.Auto), ("af_xdp", PortMode.AfXdp), ("af_packet", PortMode.AfPacket), ("tap", PortMode.Tap)];

    private static readonly (string Word, Requirement Value)[] Requirements =
        [("auto", Requirement.Auto), ("require", Requirement.Require), ("off", Requirement.Off)];

    /// <summary>Binds the section.</summary>
    internal static PortSettings Bind(SettingsSection ports, BindingLog log)
    {
        var settings = new PortSettings
        {
            Lan = ports.List("lan", (value, path) => ReadLan(value, path, log), static lan => $"{lan.Interface} {SettingReaders.WordOf(Modes)(lan.Mode)} zone {lan.Zone}"),
            Wan = ports.List("wan", (value, path) => ReadWan(value, path, log), static wan => $"{wan.Interface} {SettingReaders.WordOf(Modes)(wan.Mode)} mss-clamp {ClampText(wan.MssClamp)}"),
            ThreadedNapi = ports.Switch("threaded-napi"),
            AfXdp = BindAfXdp(ports.Section("af-xdp")),
            AfPacket = BindAfPacket(ports.Section("af-packet")),
            Umem = BindUmem(ports.Section("umem")),
        };
        ports.Finish();
        return settings;
    }

    private static LanPortSettings? ReadLan(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Named(value, path, log, out string name))
            return name.Length == 0 ? null : new LanPortSettings(name, PortMode.Auto, 0);
        if (Element(value, path, log) is not { } element)
            return null;
        var port = new LanPortSettings(
            Interface(element),
            Mode(element),
            element.Optional("zone", "a whole number from 0 to 65535", (ushort)0, TryZone, static zone => $"{zone}"));
        element.Finish();
        return port.Interface is null ? null : port;
    }

    private static WanPortSettings? ReadWan(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Named(value, path, log, out string name))
            return name.Length == 0 ? null : new WanPortSettings(name, PortMode.Auto, new MssClampSettings(MssClampMode.Off, 0));
        if (Element(value, path, log) is not { } element)
            return null;
        var port = new WanPortSettings(
            Interface(element),
            Mode(element),
            element.Optional("mss-clamp", ClampExpected, new MssClampSettings(MssClampMode.Off, 0), TryClamp, ClampText));
        element.Finish();
        return port.Interface is null ? null : port;
    }

    // A name alone stands for { interface = name }.
    private static bool Named(HoconValue value, HoconPath path, BindingLog log, out string name)
    {
        name = string.Empty;
        if (value is not HoconScalar)
            return false;
        if (!SettingReaders.TryInterface(value, out name))
            log.Error(value.Location, path, $"expected {InterfaceExpected}, not {SettingsSection.Given(value)}");
        return true;
    }

    private static SettingsSection? Element(HoconValue value, HoconPath path, BindingLog log)
    {
        if (value is HoconObject fields)
            return SettingsSection.Element(fields, path, log);
        log.Error(value.Location, path, $"expected {InterfaceExpected}, or {{ interface = ... }}, not {SettingsSection.Given(value)}");
        return null;
    }

    private static string Interface(SettingsSection element) => element.Value<string>("interface", InterfaceExpected, SettingReaders.TryInterface, static name => name);

    private static PortMode Mode(SettingsSection element) =>
        element.Optional("mode", SettingReaders.InWords(Modes), PortMode.Auto, SettingReaders.OneOf(Modes), SettingReaders.WordOf(Modes));

    private static bool TryZone(HoconValue value, out ushort zone)
    {
        bool isZone = SettingReaders.TryWhole(value, 0, ushort.MaxValue, out int number);
        zone = (ushort)number;
        return isZone;
    }

    private static bool TryClamp(HoconValue value, out MssClampSettings clamp)
    {
        string text = HoconConvert.TryString(value, out string? given) ? given : string.Empty;
        bool isBytes = SettingReaders.TryWhole(value, 536, 9960, out int bytes);
        clamp = text == "path-mtu" ? new MssClampSettings(MssClampMode.PathMtu, 0)
            : isBytes ? new MssClampSettings(MssClampMode.Fixed, bytes)
            : new MssClampSettings(MssClampMode.Off, 0);
        return isBytes || text is "path-mtu" or "off";
    }

    private static string ClampText(MssClampSettings clamp) => clamp.Mode switch
    {
        MssClampMode.Off => "off",
        MssClampMode.PathMtu => "path-mtu",
        _ => $"{clamp.Bytes}",
    };

    private static AfXdpSettings BindAfXdp(SettingsSection section)
    {
        var settings = new AfXdpSettings
        {
            RingSize = section.PowerOfTwo("ring-size", 64, 4096),
            ZeroCopy = section.OneOf("zero-copy", Requirements),
            Native = section.OneOf("native", Requirements),
            NeedWakeup = section.Switch("need-wakeup"),
            BusyPoll = section.Switch("busy-poll"),
        };
        section.Finish();
        return settings;
    }

    private static AfPacketSettings BindAfPacket(SettingsSection section)
    {
        var settings = new AfPacketSettings
        {
            BlockBytes = section.SizePowerOfTwo("block-bytes", 64 << 10, 4 << 20),
            Blocks = section.Whole("blocks", 2, 1024),
            BlockTimeout = section.Duration("block-timeout", "1ms", "1s"),
        };
        section.Finish();
        return settings;
    }

    private static UmemSettings BindUmem(SettingsSection section)
    {
        var settings = new UmemSettings
        {
            Chunks = section.PowerOfTwo("chunks", 1024, 1 << 20),
            ChunkBytes = section.OneOf("chunk-bytes", ("2048", 2048), ("4096", 4096)),
        };
        section.Finish();
        return settings;
    }
}
