using System.Text;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>natflow_ctl</c>.</summary>
public static class PathControl
{
    /// <summary>Applies a line.</summary>
    /// <param name="model">The model before it.</param>
    /// <param name="line">One line without its newline.</param>
    /// <param name="interfaceExists">Whether the gateway has an interface of a name.</param>
    public static ControlStep<PathModel> Apply(PathModel model, string line, Func<string, bool> interfaceExists)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(interfaceExists);
        if (LineText.IsSilent(line))
            return new(model, ControlResult.Taken);
        if (LineText.TryRest(line, "ifname_group_add=", out string rest))
            return AddMember(model, rest, interfaceExists);
        if (LineText.TryRest(line, "ifname_group_clear", out _))
            return new(model with { InterfaceGroup = [] }, ControlResult.Taken);
        if (LineText.TryRest(line, "vline_add=", out rest))
            return AddWire(model, rest, isRelay: false);
        if (LineText.TryRest(line, "relay_add=", out rest))
            return AddWire(model, rest, isRelay: true);
        if (LineText.TryRest(line, "vline_clear", out _))
            return new(model with { Wires = [], AppliedWires = [] }, ControlResult.Taken, ControlAction.StopWires);
        if (LineText.TryRest(line, "vline_apply", out _))
            return new(model with { AppliedWires = model.Wires }, ControlResult.Taken, ControlAction.ApplyWires);
        if (LineText.TryRest(line, "list_net_device", out _))
            return new(model, ControlResult.Taken, ControlAction.LogInterfaces);
        if (LineText.TryRest(line, "update_magic", out _))
            return new(model, ControlResult.Taken, ControlAction.RenewPaths);
        return ApplyNumber(model, line);
    }

    /// <summary>Prints the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Version of the gateway, one line.</param>
    /// <param name="format">How much of it.</param>
    public static string Dump(PathModel model, string version, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(model);
        var text = new StringBuilder()
            .Append("# Version: ").Append(version).Append('\n')
            .Append("# Usage: echo 'name=value' > natflow_ctl; see the commands below\n#\n# Info:\n#    ...\n");
        if (model.HasHardware)
            text.Append("#    hwnat=").Append(model.Hardware).Append('\n');
        if (model.HasWireless)
            text.Append("#    hwnat_wed_disabled=").Append(model.WirelessDisabled).Append('\n');
        text.Append("#    delay_pkts=").Append(model.DelayPackets).Append('\n')
            .Append("#    go_slowpath_if_no_qos=").Append(model.SlowPathWithoutQos).Append("\n#\n# Reload cmd:\n\n")
            .Append("disabled=").Append(model.IsDisabled ? 1 : 0).Append('\n')
            .Append("ifname_group_type=").Append(model.InterfaceGroupType).Append('\n')
            .Append("debug=").Append(model.Debug).Append('\n');
        bool isReplayable = format == DumpFormat.Replayable;
        if (isReplayable)
            AppendSettings(text, model);
        text.Append('\n');
        foreach (string member in model.InterfaceGroup)
            text.Append("ifname_group_add=").Append(member).Append('\n');
        bool areApplied = model.Wires.AsSpan().SequenceEqual(model.AppliedWires.AsSpan());
        if (isReplayable && !areApplied)
            AppendWires(text, model.AppliedWires).Append("vline_apply\n");
        AppendWires(text, areApplied || !isReplayable ? model.Wires : model.Wires.RemoveAll(model.AppliedWires.Contains));
        return isReplayable && areApplied && !model.Wires.IsEmpty ? text.Append("vline_apply\n").ToString() : text.ToString();
    }

    private static void AppendSettings(StringBuilder text, PathModel model)
    {
        if (model.HasHardware)
            text.Append("hwnat=").Append(model.Hardware).Append('\n');
        if (model.HasWireless)
            text.Append("hwnat_wed_disabled=").Append(model.WirelessDisabled).Append('\n');
        text.Append("delay_pkts=").Append(model.DelayPackets).Append('\n')
            .Append("go_slowpath_if_no_qos=").Append(model.SlowPathWithoutQos).Append('\n')
            .Append("ifname_group_clear\nvline_clear\n");
    }

    private static StringBuilder AppendWires(StringBuilder text, IEnumerable<WireRule> wires)
    {
        foreach (WireRule wire in wires)
            text.Append(wire).Append('\n');
        return text;
    }

    private static ControlStep<PathModel> ApplyNumber(PathModel model, string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? line : line[..equals];
        bool isShort = key is "hwnat" or "hwnat_wed_disabled";
        uint max = isShort ? ushort.MaxValue : uint.MaxValue;
        bool isNumber = LineText.TryNumber(line.AsSpan(equals + 1), max, out uint number) && equals >= 0;
        PathModel? changed = key switch
        {
            "debug" => model with { Debug = number },
            "disabled" => model with { IsDisabled = number != 0 },
            "hwnat" when model.HasHardware => model with { Hardware = (ushort)number },
            "hwnat_wed_disabled" when model.HasWireless => model with { WirelessDisabled = (ushort)number },
            "delay_pkts" => model with { DelayPackets = number },
            "go_slowpath_if_no_qos" => model with { SlowPathWithoutQos = number },
            "ifname_group_type" => model with { InterfaceGroupType = number },
            _ => null,
        };
        if (changed is null)
            return new(model, LineText.Unknown(line));
        return isNumber ? new(changed, ControlResult.Taken) : new(model, LineText.BadNumber(line, max));
    }

    private static ControlStep<PathModel> AddMember(PathModel model, string name, Func<string, bool> interfaceExists)
    {
        name = name.Trim();
        if (!LineText.IsInterfaceName(name) || !interfaceExists(name))
            return new(model, ControlResult.Refused(ControlErrno.NotFound, $"there is no interface '{LineText.Shown(name)}'"));
        return model.InterfaceGroup.Contains(name, StringComparer.Ordinal)
            ? new(model, ControlResult.Taken)
            : new(model with { InterfaceGroup = model.InterfaceGroup.Add(name) }, ControlResult.Taken);
    }

    // The same wire twice is one wire: the original appended duplicates each time its own dump was fed back.
    private static ControlStep<PathModel> AddWire(PathModel model, string rest, bool isRelay)
    {
        string[] parts = rest.Split(',');
        if (parts.Length != 3 || !LineText.IsInterfaceName(parts[0]) || !LineText.IsInterfaceName(parts[1]))
            return new(model, ControlResult.Ignored($"'{LineText.Shown(rest)}': expected <source>,<destination>,<ipv4|ipv6|all> with interface names of 1 to 15 characters"));
        WireFamily? family = parts[2] switch { "ipv4" => WireFamily.Ipv4, "ipv6" => WireFamily.Ipv6, "all" => WireFamily.All, _ => null };
        if (family is not { } known)
        {
            return new(model, parts[2].AsSpan().ContainsAny(" \t")
                ? ControlResult.Ignored($"'{LineText.Shown(rest)}': nothing may follow the family")
                : ControlResult.Invalid($"'{LineText.Shown(parts[2])}' is no family: ipv4, ipv6 or all"));
        }

        var wire = new WireRule(parts[0], parts[1], known, isRelay);
        if (model.Wires.Contains(wire))
            return new(model, ControlResult.Taken);
        return model.Wires.Length == PathModel.WireCountMax
            ? new(model, ControlResult.Invalid($"there are {PathModel.WireCountMax} wires already"))
            : new(model with { Wires = model.Wires.Add(wire) }, ControlResult.Taken);
    }
}
