using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Flows.Conntrack;

/// <summary>
/// The transitions of RFC 6146 section 3.5.2 with the additions users ask for: a new SYN opens a closed tuple again, and no segment
/// that ends a flow ends it at once (RFC 7857 section 2.2).
/// </summary>
/// <remarks>
/// <code>
///           SYN in                 SYN other side              FIN one side         FIN other side
///  (new) ───────────► Init ──────────────────────► Established ───────────► xFin ────────────────► BothFin
///                                                   ▲    │ RST (any of them)                         │
///                                    any but RST    │    ▼                    │                      │
///                                                   └ Transitory ──► SYN: Init again ◄───────────────┘
/// </code>
/// </remarks>
public static class TcpMachine
{
    /// <summary>State of a flow that this segment starts.</summary>
    public static FlowState Initial(Side side) => side == Side.Lan ? FlowState.TcpInsideInit : FlowState.TcpOutsideInit;

    /// <summary>State after a segment.</summary>
    /// <param name="state">State before.</param>
    /// <param name="flags">The segment's flag byte.</param>
    /// <param name="side">Where the segment came from.</param>
    public static FlowState Next(FlowState state, byte flags, Side side)
    {
        if ((flags & TcpFlags.Rst) != 0)
            return OnReset(state);

        bool opens = (flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        if ((flags & TcpFlags.Fin) != 0 && !opens)
            return OnFin(state, side);

        return state switch
        {
            FlowState.TcpInsideInit when side == Side.Wan && (flags & TcpFlags.Syn) != 0 => FlowState.TcpEstablished,
            FlowState.TcpOutsideInit when side == Side.Lan && (flags & TcpFlags.Syn) != 0 => FlowState.TcpEstablished,
            FlowState.TcpInsideFin or FlowState.TcpOutsideFin or FlowState.TcpBothFin or FlowState.TcpTransitory when opens => Initial(side),
            FlowState.TcpTransitory => FlowState.TcpEstablished,
            _ => state,
        };
    }

    // A reset before the flow opened leaves it opening: its timer is the transitory one already.
    private static FlowState OnReset(FlowState state) => state switch
    {
        FlowState.TcpEstablished or FlowState.TcpInsideFin or FlowState.TcpOutsideFin => FlowState.TcpTransitory,
        _ => state,
    };

    private static FlowState OnFin(FlowState state, Side side) => state switch
    {
        FlowState.TcpEstablished or FlowState.TcpTransitory => side == Side.Lan ? FlowState.TcpInsideFin : FlowState.TcpOutsideFin,
        FlowState.TcpInsideFin when side == Side.Wan => FlowState.TcpBothFin,
        FlowState.TcpOutsideFin when side == Side.Lan => FlowState.TcpBothFin,
        _ => state,
    };
}
