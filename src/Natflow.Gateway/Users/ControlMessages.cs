using System.Collections.Immutable;
using Natflow.Policy.Control;
using Natflow.Policy.Sets;

namespace Natflow.Gateway.Users;

/// <summary>To the policy actor: what a configuration says, in the place of everything. Answered by itself.</summary>
/// <param name="Models">The models.</param>
public sealed record ModelsRequest(PolicyModels Models)
{
    /// <summary>Tells configurations apart; null puts nothing on record.</summary>
    public string? Digest { get; init; }
}

/// <summary>To the policy actor: the named sets have changed. No answer.</summary>
/// <param name="Sets">All sets.</param>
public sealed record SetsChanged(SetCatalog Sets);

/// <summary>To the policy actor: lines of a control device. The answer is a <see cref="ControlLinesAnswer"/>.</summary>
/// <param name="Device">The device.</param>
/// <param name="Lines">The lines, without newlines.</param>
/// <param name="IsWhole">Whether all are refused where one is; else each line is for itself, as on the original's devices.</param>
public sealed record ControlLinesRequest(ControlDevice Device, IReadOnlyList<string> Lines, bool IsWhole)
{
    /// <summary>What the writer has seen: where the device holds something else by now, nothing is taken. Null writes over whatever there is.</summary>
    public ControlModels? Basis { get; init; }
}

/// <summary>To the policy actor: everything that the devices hold. The answer is a <see cref="ControlModels"/>.</summary>
public sealed record ControlModelsRequest
{
    /// <summary>The only one.</summary>
    public static readonly ControlModelsRequest Instance = new();
}

/// <summary>What came of lines.</summary>
/// <param name="Refused">Lines that were not taken.</param>
/// <param name="IsTaken">Whether the others are in force.</param>
public sealed record ControlLinesAnswer(ImmutableArray<ControlLineResult> Refused, bool IsTaken)
{
    /// <summary>Whether somebody else wrote since the writer looked.</summary>
    public bool IsStale { get; init; }
}

/// <summary>A line that was not taken.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Line">The line.</param>
/// <param name="Errno">What the device answers.</param>
/// <param name="Error">What is wrong.</param>
public sealed record ControlLineResult(int Number, string Line, ControlErrno Errno, string Error);

/// <summary>To the policy actor: a device's dump. The answer is a <see cref="ControlDump"/>.</summary>
/// <param name="Device">The device.</param>
/// <param name="Format">How much.</param>
public sealed record ControlDumpRequest(ControlDevice Device, DumpFormat Format);

/// <summary>A device's dump.</summary>
/// <param name="Text">The text.</param>
public sealed record ControlDump(string Text);

/// <summary>To a flow actor: every way and flow is looked up and judged anew. No answer.</summary>
public sealed record RenewPathsRequest
{
    /// <summary>The only one.</summary>
    public static readonly RenewPathsRequest Instance = new();
}

/// <summary>To a flow actor: all flows end. No answer.</summary>
public sealed record EndFlowsRequest
{
    /// <summary>The only one.</summary>
    public static readonly EndFlowsRequest Instance = new();
}
