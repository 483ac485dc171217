namespace Natflow.Policy.Control;

/// <summary>The one command of the event queues.</summary>
public static class QueueCommand
{
    /// <summary>Reads <c>cache=N</c>: a strict decimal number, with or without a plus, and nothing behind it.</summary>
    /// <param name="line">One line without its newline.</param>
    /// <param name="cacheCount">Records that the queue keeps at most; 0 stops and empties it.</param>
    public static ControlResult Parse(string line, out uint cacheCount)
    {
        cacheCount = 0;
        if (!LineText.TryRest(line, "cache=", out string rest))
            return ControlResult.Invalid($"'{LineText.Shown(line)}': cache=<n> was expected");
        ReadOnlySpan<char> digits = rest.StartsWith('+') ? rest.AsSpan(1) : rest;
        return LineText.TryStrictNumber(digits, uint.MaxValue, out cacheCount) ? ControlResult.Taken : ControlResult.Invalid($"'{LineText.Shown(line)}': cache=<n> was expected");
    }
}
