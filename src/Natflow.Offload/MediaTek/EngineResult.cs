namespace Natflow.Offload.MediaTek;

/// <summary>What became of a frame.</summary>
/// <param name="Verdict">The verdict; the others hold for the verdict they name.</param>
/// <param name="EgressPort">Forward: port of the switch fabric.</param>
/// <param name="Queue">Forward: queue of the port.</param>
/// <param name="LengthBytes">Forward: length of the new frame without FCS, at least 60.</param>
/// <param name="Reason">To the CPU: why.</param>
/// <param name="Index">Entry that was hit or learned; -1 where there is none, which the descriptor shows as all ones.</param>
public readonly record struct EngineResult(EngineVerdict Verdict, byte EgressPort, byte Queue, int LengthBytes, CpuReason Reason, int Index)
{
    /// <summary>Index where there is no entry.</summary>
    public const int NoIndex = -1;

    /// <summary>Room that a rewritten frame may need beyond the frame that came, and at least <see cref="FrameBytesMin"/> in all.</summary>
    public const int GrowthBytesMax = 16;

    /// <summary>Shortest frame on Ethernet, without FCS.</summary>
    public const int FrameBytesMin = 60;

    internal static EngineResult Drop(int index = NoIndex) => new(EngineVerdict.Drop, 0, 0, 0, default, index);

    internal static EngineResult ToCpu(CpuReason reason, int index = NoIndex) => new(EngineVerdict.ToCpu, 0, 0, 0, reason, index);

    internal static EngineResult Forward(in FoeIb2 ib2, int lengthBytes, int index) =>
        new(EngineVerdict.Forward, ib2.EgressPort, ib2.Queue, lengthBytes, default, index);
}
