using System.Collections.Immutable;

namespace Natflow.Policy.Control;

/// <summary>What <c>natflow_ctl</c> holds: settings of the fast path, the interface group and the wires. Defaults are the original's after load.</summary>
public sealed record PathModel
{
    /// <summary>Wires and relays together, at most.</summary>
    public const int WireCountMax = 8;

    /// <summary>What a gateway has before anything is said.</summary>
    public static PathModel Default { get; } = new();

    /// <summary>Log mask.</summary>
    public uint Debug { get; init; }

    /// <summary>Whether the fast path is off.</summary>
    public bool IsDisabled { get; init; } = true;

    /// <summary>Whether this gateway has a hardware PPE: only then its switch exists.</summary>
    public bool HasHardware { get; init; }

    /// <summary>Whether this gateway has wireless dispatch into the PPE: only then its switch exists.</summary>
    public bool HasWireless { get; init; }

    /// <summary>Hardware offload, 0 for off.</summary>
    public ushort Hardware { get; init; } = 1;

    /// <summary>Wireless dispatch switched off, 0 for on.</summary>
    public ushort WirelessDisabled { get; init; }

    /// <summary>A flow stays on the slow path for this many packets of both directions.</summary>
    public uint DelayPackets { get; init; }

    /// <summary>Whether flows without a rate limit and outside the interface group never go to the fast path.</summary>
    public uint SlowPathWithoutQos { get; init; }

    /// <summary>0 no filter, 1 only between members, 2 never between members.</summary>
    public uint InterfaceGroupType { get; init; }

    /// <summary>Members of the interface group, in the order they came.</summary>
    public ImmutableArray<string> InterfaceGroup { get; init; } = [];

    /// <summary>Wires that are listed.</summary>
    public ImmutableArray<WireRule> Wires { get; init; } = [];

    /// <summary>Wires that are in force since the last <c>vline_apply</c>.</summary>
    public ImmutableArray<WireRule> AppliedWires { get; init; } = [];
}
