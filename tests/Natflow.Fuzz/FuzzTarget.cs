namespace Natflow.Fuzz;

/// <summary>A parser under attack.</summary>
public abstract class FuzzTarget : IDisposable
{
    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Longest input that is tried.</summary>
    public virtual int InputBytesMax => 4096;

    /// <summary>Whole, valid inputs to begin with, made by the project's own builders.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Gives an input to the parser. Any exception is a find.</summary>
    /// <param name="input">Any bytes.</param>
    /// <returns>A number that tells outcomes apart: an input with a new one is kept and mutated further.</returns>
    public abstract ulong Run(ReadOnlySpan<byte> input);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the target holds.</summary>
    protected virtual void Dispose(bool isDisposing)
    {
    }
}
