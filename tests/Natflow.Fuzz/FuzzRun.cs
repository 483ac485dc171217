using Natflow.Fuzz.Coverage;
using Natflow.Testing;

namespace Natflow.Fuzz;

/// <summary>Attacks a target: mutates what is known, keeps what takes new ways through its code or gives new outcomes.</summary>
public sealed class FuzzRun
{
    private const int KeptMax = 8192;
    private const int RecentCount = 32;
    private const int CorpusInputsMax = 16;
    private const int CorpusBytesMax = 320;
    private const long SlowMilliseconds = 2_000;

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
        CoverageMap.Reset();
        foreach (byte[] input in target.Seeds().Concat(Corpus.Read(target.Name)))
            Try(input);
    }

    /// <summary>Inputs tried.</summary>
    public long Count { get; private set; }

    /// <summary>Different outcomes seen.</summary>
    public int OutcomeCount => _outcomes.Count;

    /// <summary>Inputs kept.</summary>
    public int KeptCount => _inputs.Count;

    /// <summary>The input that made the target fail, or null.</summary>
    public byte[]? Find { get; private set; }

    /// <summary>How it failed.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>An input that took more than two seconds, or null; on a busy machine no proof of anything.</summary>
    public byte[]? Slow { get; private set; }

    /// <summary>Tries inputs.</summary>
    /// <param name="count">How many.</param>
    /// <returns>False when one of them made the target fail.</returns>
    public bool TryRun(int count)
    {
        for (int i = 0; i < count && Failure is null; i++)
            Try(_mutator.Mutate(Choose(), _inputs[_prng.Next(_inputs.Count)], _target.InputBytesMax));
        return Failure is null;
    }

    /// <summary>A few of the kept inputs that together take the most ways: the corpus of later runs.</summary>
    public IReadOnlyList<byte[]> Distil()
    {
        var found = new List<(byte[] Input, IReadOnlyCollection<int> Edges)>();
        foreach (byte[] input in _inputs.Where(static input => input.Length <= CorpusBytesMax))
        {
            CoverageMap.Begin();
            _ = _target.Run(input);
            found.Add((input, CoverageMap.Last()));
        }

        var covered = new HashSet<int>();
        var chosen = new List<byte[]>();
        while (chosen.Count < CorpusInputsMax && found.Count > 0)
        {
            (byte[] input, IReadOnlyCollection<int> edges) = found.MaxBy(one => one.Edges.Count(edge => !covered.Contains(edge)));
            if (edges.All(covered.Contains))
                break;
            covered.UnionWith(edges);
            chosen.Add(input);
        }

        return chosen;
    }

    // What came last led somewhere new, and is tried as often as all the rest.
    private byte[] Choose()
    {
        int from = _prng.Next(2) == 0 ? Math.Max(0, _inputs.Count - RecentCount) : 0;
        return _inputs[from + _prng.Next(_inputs.Count - from)];
    }

    private void Try(byte[] input)
    {
        Count++;
        try
        {
            CoverageMap.Begin();
            long start = TimeProvider.System.GetTimestamp();
            bool isNew = _outcomes.Add(_target.Run(input));
            isNew |= CoverageMap.TakeNovelty();
            if (_inputs.Count == 0 || (isNew && _inputs.Count < KeptMax))
                _inputs.Add(input);
            if (TimeProvider.System.GetElapsedTime(start).TotalMilliseconds > SlowMilliseconds)
                Slow = input;
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
