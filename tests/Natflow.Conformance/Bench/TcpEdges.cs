using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Packets;
using static Natflow.Flows.Conntrack.FlowState;

namespace Natflow.Conformance.Bench;

/// <summary>The state machine of RFC 6146 section 3.5.2 with the changes of RFC 7857 section 2, edge by edge.</summary>
internal static class TcpEdges
{
    private static readonly byte[] Segments =
    [
        TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack,
    ];

    // Next states for each of the segments from inside, then from outside.
    private static readonly (FlowState State, FlowState[] Inside, FlowState[] Outside)[] Edges =
    [
        (TcpInsideInit, [TcpInsideInit, TcpInsideInit, TcpInsideInit, TcpInsideInit, TcpInsideInit, TcpInsideInit],
            [TcpEstablished, TcpEstablished, TcpInsideInit, TcpInsideInit, TcpInsideInit, TcpInsideInit]),
        (TcpOutsideInit, [TcpEstablished, TcpEstablished, TcpOutsideInit, TcpOutsideInit, TcpOutsideInit, TcpOutsideInit],
            [TcpOutsideInit, TcpOutsideInit, TcpOutsideInit, TcpOutsideInit, TcpOutsideInit, TcpOutsideInit]),
        (TcpEstablished, [TcpEstablished, TcpEstablished, TcpEstablished, TcpInsideFin, TcpTransitory, TcpTransitory],
            [TcpEstablished, TcpEstablished, TcpEstablished, TcpOutsideFin, TcpTransitory, TcpTransitory]),
        (TcpInsideFin, [TcpInsideInit, TcpInsideFin, TcpInsideFin, TcpInsideFin, TcpTransitory, TcpTransitory],
            [TcpOutsideInit, TcpInsideFin, TcpInsideFin, TcpBothFin, TcpTransitory, TcpTransitory]),
        (TcpOutsideFin, [TcpInsideInit, TcpOutsideFin, TcpOutsideFin, TcpBothFin, TcpTransitory, TcpTransitory],
            [TcpOutsideInit, TcpOutsideFin, TcpOutsideFin, TcpOutsideFin, TcpTransitory, TcpTransitory]),
        (TcpBothFin, [TcpInsideInit, TcpBothFin, TcpBothFin, TcpBothFin, TcpBothFin, TcpBothFin],
            [TcpOutsideInit, TcpBothFin, TcpBothFin, TcpBothFin, TcpBothFin, TcpBothFin]),
        (TcpTransitory, [TcpInsideInit, TcpEstablished, TcpEstablished, TcpInsideFin, TcpTransitory, TcpTransitory],
            [TcpOutsideInit, TcpEstablished, TcpEstablished, TcpOutsideFin, TcpTransitory, TcpTransitory]),
    ];

    /// <summary>Drives each edge.</summary>
    internal static void AssertAll()
    {
        foreach ((FlowState state, FlowState[] inside, FlowState[] outside) in Edges)
        {
            for (int i = 0; i < Segments.Length; i++)
            {
                Assert.True(inside[i] == TcpMachine.Next(state, Segments[i], Side.Lan), $"{state}, flags {Segments[i]:x2} from inside");
                Assert.True(outside[i] == TcpMachine.Next(state, Segments[i], Side.Wan), $"{state}, flags {Segments[i]:x2} from outside");
            }
        }
    }
}
