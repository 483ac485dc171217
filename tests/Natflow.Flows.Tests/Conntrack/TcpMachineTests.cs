using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Packets;

namespace Natflow.Flows.Tests.Conntrack;

public sealed class TcpMachineTests
{
    private const FlowState InsideInit = FlowState.TcpInsideInit;
    private const FlowState OutsideInit = FlowState.TcpOutsideInit;
    private const FlowState Established = FlowState.TcpEstablished;
    private const FlowState InsideFin = FlowState.TcpInsideFin;
    private const FlowState OutsideFin = FlowState.TcpOutsideFin;
    private const FlowState BothFin = FlowState.TcpBothFin;
    private const FlowState Transitory = FlowState.TcpTransitory;

    private static readonly byte[] Segments =
    [
        TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack,
    ];

    /// <summary>Next states for SYN, SYN+ACK, ACK, FIN, RST, RST+ACK from inside, then the same from outside.</summary>
    private static readonly Dictionary<FlowState, FlowState[]> Edges = new()
    {
        [InsideInit] =
        [
            InsideInit, InsideInit, InsideInit, InsideInit, InsideInit, InsideInit,
            Established, Established, InsideInit, InsideInit, InsideInit, InsideInit,
        ],
        [OutsideInit] =
        [
            Established, Established, OutsideInit, OutsideInit, OutsideInit, OutsideInit,
            OutsideInit, OutsideInit, OutsideInit, OutsideInit, OutsideInit, OutsideInit,
        ],
        [Established] =
        [
            Established, Established, Established, InsideFin, Transitory, Transitory,
            Established, Established, Established, OutsideFin, Transitory, Transitory,
        ],
        [InsideFin] =
        [
            InsideInit, InsideFin, InsideFin, InsideFin, Transitory, Transitory,
            OutsideInit, InsideFin, InsideFin, BothFin, Transitory, Transitory,
        ],
        [OutsideFin] =
        [
            InsideInit, OutsideFin, OutsideFin, BothFin, Transitory, Transitory,
            OutsideInit, OutsideFin, OutsideFin, OutsideFin, Transitory, Transitory,
        ],
        [BothFin] =
        [
            InsideInit, BothFin, BothFin, BothFin, BothFin, BothFin,
            OutsideInit, BothFin, BothFin, BothFin, BothFin, BothFin,
        ],
        [Transitory] =
        [
            InsideInit, Established, Established, InsideFin, Transitory, Transitory,
            OutsideInit, Established, Established, OutsideFin, Transitory, Transitory,
        ],
    };

    [Fact]
    public void TCP_15_EveryEdgeOfTheMachine()
    {
        foreach ((FlowState state, FlowState[] next) in Edges)
        {
            for (int i = 0; i < next.Length; i++)
            {
                Side side = i < Segments.Length ? Side.Lan : Side.Wan;
                byte flags = Segments[i % Segments.Length];
                FlowState actual = TcpMachine.Next(state, flags, side);
                Assert.True(next[i] == actual, $"{state}, flags {flags:x2} from {side}: {actual}, not {next[i]}");
            }
        }
    }

    [Fact]
    public void Next_AnyFlagsInAnyState_StaysAStateOfTcp()
    {
        foreach (FlowState state in Edges.Keys)
        {
            for (int flags = 0; flags < 256; flags++)
            {
                Assert.Contains(TcpMachine.Next(state, (byte)flags, Side.Lan), Edges.Keys);
                Assert.Contains(TcpMachine.Next(state, (byte)flags, Side.Wan), Edges.Keys);
            }
        }
    }

    [Fact]
    public void TCP_09_ClosingAndOpeningTimersAreSeparate()
    {
        uint[] limits = new FlowTimeouts { TcpOpening = TimeSpan.FromSeconds(1), TcpClosing = TimeSpan.FromSeconds(2) }.ToMilliseconds();

        Assert.Equal((1000u, 1000u), (limits[(int)InsideInit], limits[(int)OutsideInit]));
        Assert.All([InsideFin, OutsideFin, BothFin, Transitory], state => Assert.Equal(2000u, limits[(int)state]));
        Assert.Equal(7_440_000u, limits[(int)Established]);
    }
}
