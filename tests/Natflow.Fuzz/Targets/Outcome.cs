namespace Natflow.Fuzz.Targets;

/// <summary>Mixes small facts of an outcome into one number. Lengths go in by their order of size: else each length would be an outcome of its own.</summary>
internal struct Outcome
{
    private ulong _value;

    internal readonly ulong Value => _value;

    internal void Add(int fact) => _value = (_value * 0x100000001B3) ^ (uint)(fact + 1);

    internal void Add(bool fact) => Add(fact ? 1 : 0);

    internal void AddSize(long size) => Add(64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)size));
}
