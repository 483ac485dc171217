using System.Collections.Immutable;

namespace Natflow.Policy.Qos;

/// <summary>What <c>natflow_qos_ctl</c> holds. Immutable.</summary>
/// <param name="ClassIdMode">0 meters; else packets carry the rule's class, and nothing is metered here.</param>
/// <param name="Rules">The rules, in order: the first that matches decides.</param>
public sealed record QosModel(uint ClassIdMode, ImmutableArray<QosRule> Rules)
{
    /// <summary>Rules at most; the original took 64.</summary>
    public const int RuleCountMax = 1024;

    /// <summary>No rule, meters.</summary>
    public static QosModel Empty { get; } = new(0, []);

    /// <summary>The class of download packets of a rule, as <c>tc</c> filters of existing scripts expect it.</summary>
    /// <param name="ruleIndex">Position of the rule, from 0.</param>
    public static ushort DownClassId(int ruleIndex) => (ushort)((2 * ruleIndex) + 1);

    /// <summary>The class of upload packets of a rule.</summary>
    /// <param name="ruleIndex">Position of the rule, from 0.</param>
    public static ushort UpClassId(int ruleIndex) => (ushort)((2 * ruleIndex) + 2);
}
