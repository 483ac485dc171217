namespace Natflow.Cli.Top;

/// <summary>What the viewer has chosen.</summary>
internal sealed class TopState
{
    private static readonly string[] UserSorts = ["-flows", "-bytes", "-blocks", "address"];
    private static readonly string[] FlowSorts = ["-bytes", "-packets", "age", "inside"];

    private int _sort;

    /// <summary>Whether flows are shown instead of subscribers.</summary>
    internal bool IsFlows { get; set; }

    /// <summary>Only this address or prefix; empty for all.</summary>
    internal string Filter { get; set; } = string.Empty;

    /// <summary>Text that is being typed; null where none is.</summary>
    internal string? Typing { get; set; }

    /// <summary>The row under the cursor.</summary>
    internal int Row { get; set; }

    /// <summary>Whether no new figures are taken.</summary>
    internal bool IsPaused { get; set; }

    /// <summary>What the last key did.</summary>
    internal string Message { get; set; } = string.Empty;

    /// <summary>How rows are put in order, as the API spells it.</summary>
    internal string Sort => (IsFlows ? FlowSorts : UserSorts)[_sort];

    /// <summary>The next order.</summary>
    internal void NextSort() => _sort = (_sort + 1) % UserSorts.Length;
}
