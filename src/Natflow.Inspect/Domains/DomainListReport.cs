namespace Natflow.Inspect.Domains;

/// <summary>What came of reading a list of domains.</summary>
public sealed class DomainListReport
{
    /// <summary>Errors that are kept with their line; the others are only counted.</summary>
    public const int ErrorsMax = 20;

    private readonly List<DomainListError> _errors = [];

    /// <summary>Lines read.</summary>
    public int LineCount { get; internal set; }

    /// <summary>Domains that were added.</summary>
    public int AddedCount { get; internal set; }

    /// <summary>Domains that were there before.</summary>
    public int DuplicateCount { get; internal set; }

    /// <summary>Words that were no domain, or for which there was no room.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>The first errors, in the list's order.</summary>
    public IReadOnlyList<DomainListError> Errors => _errors;

    internal void AddError(int line, string text, string reason)
    {
        ErrorCount++;
        if (_errors.Count < ErrorsMax)
            _errors.Add(new DomainListError(line, text, reason));
    }
}
