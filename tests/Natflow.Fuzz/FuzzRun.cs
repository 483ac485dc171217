using Natflow.Testing;

namespace Natflow.Fuzz;

/// <summary>Attacks a target: mutates what is known, keeps what gives new outcomes.</summary>
public sealed class FuzzRun
{
    private const int KeptMax = 4096;

    private readonly FuzzTarget _target;
    private readonly Prng _prng;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _inputs = [];
    private readonly HashSet<ulong> _outcomes = [];

    /// <summary>Gives the target its seeds and the finds of earlier runs.</summary>
    /// <param name="target">The target; the caller disposes of it.</param>
    /// <param name="seed">The same seed makes the same run.</param>
    public FuzzRun(FuzzTarget target, int seed)
    {
        _target = target;
        _prng = new Prng(seed);
        _mutator = new Mutator(_prng);
        foreach (byte[] input in target.Seeds().Concat(Corpus(target.Name)))
            Try(input);
    }

    /// <summary>Inputs tried.</summary>
    public long Count { get; private set; }

    /// <summary>Different outcomes seen.</summary>
    public int OutcomeCount => _outcomes.Count;

    /// <summary>The input that made the target fail, or null.</summary>
    public byte[]? Find { get; private set; }

    /// <summary>How it failed.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Tries inputs.</summary>
    /// <param name="count">How many.</param>
    /// <returns>False when one of them made the target fail.</returns>
    public bool TryRun(int count)
    {
        for (int i = 0; i < count && Failure is null; i++)
            Try(_mutator.Mutate(_inputs[_prng.Next(_inputs.Count)], _inputs[_prng.Next(_inputs.Count)], _target.InputBytesMax));
        return Failure is null;
    }

    // Finds of earlier runs lie beside the program, so that they are tried first for ever.
    private static IEnumerable<byte[]> Corpus(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "corpus", name);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
    }

    private void Try(byte[] input)
    {
        Count++;
        try
        {
            if (_outcomes.Add(_target.Run(input)) && _inputs.Count < KeptMax) _inputs.Add(input);
        }
#pragma warning disable CA1031 // Whatever a parser throws is what is looked for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Find = input;
            Failure = exception;
        }
    }
}
