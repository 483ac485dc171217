namespace Natflow.Fuzz.Targets;

/// <summary>Frames through the inspector's own, patient walk of headers and fragments.</summary>
internal sealed class FrameTarget : InspectorTarget
{
    public override string Name => "frame";

    public override IEnumerable<byte[]> Seeds() => SeedFrames.All();

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        Observer.OnFrame(input, 0);
        return Finish();
    }
}
