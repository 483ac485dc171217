using Natflow.Management.Api.Models;

namespace Natflow.Cli.Top;

/// <summary>What the viewer has chosen.</summary>
internal sealed class TopState
{
    private static readonly string[] UserSorts = ["-flows", "-speed", "-bytes", "-blocks", "address"];
    private static readonly string[] FlowSorts = ["-bytes", "-packets", "age", "inside"];

    private int _sort;

    /// <summary>Whether flows are shown instead of subscribers.</summary>
    internal bool IsFlows { get; private set; }

    /// <summary>Only this address or prefix; empty for all.</summary>
    internal string Filter { get; set; } = string.Empty;

    /// <summary>Text that is being typed; null where none is.</summary>
    internal string? Typing { get; set; }

    /// <summary>Whom the next y kicks; null where nobody is about to be.</summary>
    internal SubscriberModel? Kicking { get; set; }

    /// <summary>The row under the cursor.</summary>
    internal int Row { get; set; }

    /// <summary>Whether no new figures are taken.</summary>
    internal bool IsPaused { get; set; }

    /// <summary>What the last key did.</summary>
    internal string Message { get; set; } = string.Empty;

    /// <summary>Why the figures are old; empty where they are not.</summary>
    internal string Problem { get; set; } = string.Empty;

    /// <summary>How rows are put in order, as the API spells it.</summary>
    internal string Sort => Sorts[_sort];

    private string[] Sorts => IsFlows ? FlowSorts : UserSorts;

    /// <summary>The next order.</summary>
    internal void NextSort() => (_sort, Row) = ((_sort + 1) % Sorts.Length, 0);

    /// <summary>The other list, in its first order and without a filter.</summary>
    internal void Turn() => (IsFlows, _sort, Row, Filter) = (!IsFlows, 0, 0, string.Empty);

    /// <summary>What the gateway has refused is not asked again.</summary>
    internal void Forget() => (_sort, Row, Filter) = (0, 0, string.Empty);
}
