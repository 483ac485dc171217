namespace Natflow.Fuzz.Coverage;

/// <summary>
/// How often each edge between two blocks of code was taken since the last look, in 65,536 counters where edges may share one. <see cref="Instrumenter"/> puts a call of
/// <see cref="Hit"/> at the head of each block. Without instrumentation nothing calls it, and nothing is ever new.
/// </summary>
/// <remarks>One thread.</remarks>
public static class CoverageMap
{
    private const int EdgesMax = 1 << 16;
    private const int WordBytes = sizeof(ulong);

    private static readonly byte[] Counts = new byte[EdgesMax];
    private static readonly byte[] Seen = new byte[EdgesMax];

    private static int _previous;

    /// <summary>Edges seen since the last <see cref="Reset"/>.</summary>
    public static int EdgeCount { get; private set; }

    /// <summary>A block is entered.</summary>
    /// <param name="block">A number of chance, of 16 bits.</param>
    public static void Hit(int block)
    {
        Counts[(block ^ _previous) & (EdgesMax - 1)]++;
        _previous = block >> 1;
    }

    /// <summary>Forgets everything, before a run: edges share counters, so that those of another parser would hide some of this one's.</summary>
    public static void Reset()
    {
        Begin();
        Array.Clear(Seen);
        EdgeCount = 0;
    }

    /// <summary>Forgets what was counted, before an input is tried.</summary>
    public static void Begin()
    {
        Array.Clear(Counts);
        _previous = 0;
    }

    /// <summary>Takes what was counted.</summary>
    /// <returns>An edge was new, or was taken another order of times than ever before.</returns>
    public static bool TakeNovelty()
    {
        bool isNew = false;
        for (int word = 0; word < EdgesMax; word += WordBytes)
        {
            if (BitConverter.ToUInt64(Counts, word) != 0)
                isNew |= TakeWord(word);
        }

        return isNew;
    }

    /// <summary>Edges of the last input, each with its order of times; for choosing a small corpus.</summary>
    public static IReadOnlyCollection<int> Last() => [.. Enumerable.Range(0, EdgesMax).Where(static edge => Counts[edge] != 0).Select(static edge => (edge << 3) + OrderOf(Counts[edge]))];

    private static bool TakeWord(int word)
    {
        bool isNew = false;
        for (int edge = word; edge < word + WordBytes; edge++)
        {
            if (Counts[edge] == 0)
                continue;
            byte bit = (byte)(1 << OrderOf(Counts[edge]));
            if ((Seen[edge] & bit) != 0)
                continue;
            EdgeCount += Seen[edge] == 0 ? 1 : 0;
            Seen[edge] |= bit;
            isNew = true;
        }

        return isNew;
    }

    // 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more: a loop that runs once more is news only at first.
    private static int OrderOf(byte count) => count switch
    {
        1 => 0,
        2 => 1,
        3 => 2,
        < 8 => 3,
        < 16 => 4,
        < 32 => 5,
        < 128 => 6,
        _ => 7,
    };
}
