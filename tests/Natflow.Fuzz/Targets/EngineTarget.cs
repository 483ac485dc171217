using Natflow.Offload.MediaTek;

namespace Natflow.Fuzz.Targets;

/// <summary>Frames as the engine's emulator reads them.</summary>
internal sealed class EngineTarget : FuzzTarget
{
    public override string Name => "engine";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds() => SeedFrames.All().Select(static frame => (byte[])[0, .. frame]);

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        outcome.Add((int)EngineFrame.TryRead(input[1..], hasSwitchTag: (input[0] & 1) != 0, out EngineFrame frame, out CpuReason reason));
        outcome.Add((int)reason);
        outcome.Add(frame.IsIpv6);
        if (frame.L3Offset > input.Length) throw new InvalidOperationException("a packet beyond the frame");
        return outcome.Value;
    }
}
