using System.Text;
using Natflow.Policy.Qos;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>natflow_qos_ctl</c>.</summary>
public static class QosControl
{
    /// <summary>Applies a line.</summary>
    /// <param name="model">The model before it.</param>
    /// <param name="line">One line without its newline.</param>
    public static ControlStep<QosModel> Apply(QosModel model, string line)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (LineText.IsSilent(line))
            return new(model, ControlResult.Taken);
        if (LineText.TryRest(line, "clear", out _))
            return new(model with { Rules = [] }, ControlResult.Taken);
        if (LineText.TryRest(line, "tc_classid_mode=", out string rest))
        {
            return LineText.TryNumber(rest, uint.MaxValue, out uint mode)
                ? new(model with { ClassIdMode = mode == 0 ? 0u : 1u }, ControlResult.Taken)
                : new(model, LineText.BadNumber(line, uint.MaxValue));
        }

        return LineText.TryRest(line, "add user=", out _) ? AddRule(model, line["add ".Length..]) : new(model, LineText.Unknown(line));
    }

    /// <summary>Prints the model. Scripts number the rules by the lines that start with <c>add user=</c>, from 1.</summary>
    /// <param name="model">The model.</param>
    /// <param name="format">How much of it: a replayable dump sets the mode too.</param>
    public static string Dump(QosModel model, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(model);
        var text = new StringBuilder("# Usage: one rule a line, fields may be empty; see the Reload cmd part\n#    clear, tc_classid_mode=<0|1>\n#\n")
            .Append("# tc_classid_mode=").Append(model.ClassIdMode).Append("\n#\n# Reload cmd:\n\nclear\n\n");
        if (format == DumpFormat.Replayable)
            text.Append("tc_classid_mode=").Append(model.ClassIdMode).Append('\n');
        foreach (QosRule rule in model.Rules)
            text.Append(rule).Append('\n');
        return text.ToString();
    }

    private static ControlStep<QosModel> AddRule(QosModel model, string fields)
    {
        ControlResult result = QosRuleText.Parse(fields, out QosRule rule);
        if (!result.IsTaken)
            return new(model, result);

        // The original answers success when its table is full, and so does the socket.
        return model.Rules.Length == QosModel.RuleCountMax
            ? new(model, ControlResult.Ignored($"there are {QosModel.RuleCountMax} QoS rules already"))
            : new(model with { Rules = model.Rules.Add(rule) }, ControlResult.Taken);
    }
}
