using System.Text;
using Natflow.Policy.Zones;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>natflow_zone_ctl</c>.</summary>
public static class ZoneControl
{
    /// <summary>Applies a line.</summary>
    /// <param name="model">The model before it.</param>
    /// <param name="line">One line without its newline.</param>
    public static ControlStep<ZoneModel> Apply(ZoneModel model, string line)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (LineText.IsSilent(line))
            return new(model, ControlResult.Taken);
        if (LineText.TryRest(line, "lan_zone ", out string rest))
            return Add(model, ZoneKind.Lan, rest);
        if (LineText.TryRest(line, "wan_zone ", out rest))
            return Add(model, ZoneKind.Wan, rest);
        if (LineText.TryRest(line, "clean", out _))
            return new(ZoneModel.Empty, ControlResult.Taken);
        if (LineText.TryRest(line, "update_match", out _))
            return new(model, ControlResult.Taken, ControlAction.MatchZones);
        return LineText.TryRest(line, "print_zone", out _)
            ? new(model, ControlResult.Taken, ControlAction.LogZones)
            : new(model, LineText.Unknown(line));
    }

    /// <summary>Prints the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="format">How much of it: a replayable dump ends with <c>update_match</c>.</param>
    public static string Dump(ZoneModel model, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(model);

        // The break that is missing behind the second "Info:" is the original's.
        var text = new StringBuilder("# Usage:\n#    lan_zone <id>=<interface or prefix+>\n#    wan_zone <id>=<interface or prefix+>\n#    clean, update_match, print_zone\n")
            .Append("#\n# Info:#  VALID ZONE ID RANGE: 0~126\n#\n# Reload cmd:\n\nclean\n\n");
        foreach (ZoneRule rule in model.Rules)
            text.Append(rule).Append('\n');
        return format == DumpFormat.Replayable ? text.Append("update_match\n").ToString() : text.ToString();
    }

    private static ControlStep<ZoneModel> Add(ZoneModel model, ZoneKind kind, string rest)
    {
        int equals = rest.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || !LineText.TryStrictNumber(rest.AsSpan(0, equals).Trim(), uint.MaxValue, out uint id))
            return new(model, ControlResult.Ignored($"'{LineText.Shown(rest)}': expected <id>=<interface or prefix+>"));
        if (id > ZoneRule.IdMax)
            return new(model, ControlResult.Ignored($"zone {id}: a zone is 0 to {ZoneRule.IdMax}"));
        string pattern = rest[(equals + 1)..];
        int blank = pattern.AsSpan().IndexOfAny(' ', '\t');
        pattern = blank < 0 ? pattern : pattern[..blank];
        if (!LineText.IsInterfaceName(pattern))
            return new(model, ControlResult.Ignored($"'{LineText.Shown(pattern)}': a pattern is an interface name of 1 to {ZoneRule.PatternMax} characters, or a prefix and +"));
        if (model.KindOf((byte)id) is { } other && other != kind)
            return new(model, ControlResult.Invalid($"zone {id} is of the other type already"));
        return model.Rules.Length == ZoneModel.RuleCountMax
            ? new(model, ControlResult.Refused(ControlErrno.NoMemory, $"there are {ZoneModel.RuleCountMax} zone rules already"))
            : new(new ZoneModel(model.Rules.Add(new ZoneRule(kind, (byte)id, pattern))), ControlResult.Taken);
    }
}
