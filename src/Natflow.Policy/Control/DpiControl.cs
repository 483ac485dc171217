using System.Globalization;
using System.Text;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>natflow_dpi_ctl</c>. Unlike the other devices it refuses what it does not know.</summary>
public static class DpiControl
{
    /// <summary>Applies a line: the four words, exactly.</summary>
    /// <param name="isEnabled">Whether DPI was on; becomes what the line says.</param>
    /// <param name="line">One line without its newline.</param>
    /// <param name="action">ClearDpi or None.</param>
    public static ControlResult Apply(ref bool isEnabled, string line, out ControlAction action)
    {
        action = line == "events_clear" ? ControlAction.ClearDpi : ControlAction.None;
        if (line is "enable=1" or "enable")
            isEnabled = true;
        else if (line is "enable=0" or "disable")
            isEnabled = false;
        else if (action == ControlAction.None)
            return ControlResult.Invalid($"'{LineText.Shown(line)}': enable=1, enable=0 or events_clear was expected");
        return ControlResult.Taken;
    }

    /// <summary>Prints the counters.</summary>
    /// <param name="version">Version of the gateway, one line.</param>
    /// <param name="isEnabled">Whether DPI is on.</param>
    /// <param name="counters">Key and value of each line behind the two state lines, in the order of the original.</param>
    public static string Dump(string version, bool isEnabled, IEnumerable<KeyValuePair<string, ulong>> counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        var text = new StringBuilder("# Version: ").Append(version).Append("\n# Usage:\n#    enable=1, enable=0, events_clear\n#    version=3 header_len=78\n\n")
            .Append("state=").Append(isEnabled ? "enabled" : "disabled").Append('\n')
            .Append("enable=").Append(isEnabled ? 1 : 0).Append('\n');
        foreach (KeyValuePair<string, ulong> counter in counters)
            text.Append(CultureInfo.InvariantCulture, $"{counter.Key}={counter.Value}\n");
        return text.ToString();
    }
}
