namespace Natflow.Fuzz.Targets;

/// <summary>A door behind a door, which all look alike from outside: six bytes that chance alone does not hit together.</summary>
internal sealed class MazeTarget : FuzzTarget
{
    public override string Name => FuzzTargets.SelfTest;

    public override int InputBytesMax => 16;

    public override IEnumerable<byte[]> Seeds() => [new byte[8]];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 6) return 0;
        if (input[0] == 0x6E)
        {
            if (input[1] == 0x61)
            {
                if (input[2] == 0x74)
                {
                    if (input[3] == 0x66)
                    {
                        if (input[4] == 0x6C && input[5] == 0x6F) throw new InvalidOperationException("the last door");
                    }
                }
            }
        }

        return 0;
    }
}
