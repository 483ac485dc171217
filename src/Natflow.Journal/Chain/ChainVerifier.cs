namespace Natflow.Journal.Chain;

/// <summary>
/// Follows a stream's links and says which events were removed, changed, reordered or inserted. At a broken link it looks at the events around: who
/// fits where shows what was done.
/// </summary>
public sealed class ChainVerifier
{
    private const int WindowMax = 2000;
    private const int FindingsMax = 1000;

    private readonly List<ChainFinding> _findings = [];
    private readonly ChainEnds _ends;
    private readonly Queue<JournalEntry> _ahead = new();
    private readonly IEnumerator<JournalEntry> _rows;
    private byte[] _link;
    private long _number;

    private ChainVerifier(ChainEnds ends, IEnumerator<JournalEntry> rows)
    {
        _ends = ends;
        _rows = rows;
        _link = ends.AnchorLink;
        _number = ends.AnchorNr;
    }

    /// <summary>Verifies all streams.</summary>
    /// <param name="reader">One that computes digests.</param>
    /// <returns>Events looked at, and what is wrong; at most a thousand findings a stream.</returns>
    public static (long Count, IReadOnlyList<ChainFinding> Findings) VerifyAll(IJournalReader reader)
    {
        var findings = new List<ChainFinding>();
        long count = 0;
        foreach (ChainEnds ends in reader.ReadEnds())
        {
            using IEnumerator<JournalEntry> rows = reader.ReadChain(ends.StreamId).Where(entry => entry.SequenceNr > ends.AnchorNr).GetEnumerator();
            var verifier = new ChainVerifier(ends, rows);
            count += verifier.Verify();
            findings.AddRange(verifier._findings);
        }

        return (count, findings);
    }

    private long Verify()
    {
        long count = 0;
        while (_findings.Count < FindingsMax && TryPeek(0, out JournalEntry? entry))
        {
            count++;
            if (Fits(entry, entry.SequenceNr))
                Accept(entry, entry.SequenceNr);
            else
                Explain(entry);
        }

        if (_findings.Count >= FindingsMax)
            return count;
        if (_number < _ends.HeadNr)
            Add(ChainFault.Removed, _number + 1, _ends.HeadNr);
        return count;
    }

    // Deletion moves the chain's begin: behind it nothing is deleted, or somebody hides it.
    private bool Fits(JournalEntry entry, long asNumber) => !entry.IsDeleted && entry.Link.SequenceEqual(ChainHash.LinkOf(_link, _number, entry, asNumber));

    private static bool Follows(JournalEntry before, long beforeNr, JournalEntry entry, long asNumber) =>
        entry.Link.SequenceEqual(ChainHash.LinkOf(before.Link, beforeNr, entry, asNumber));

    private void Accept(JournalEntry entry, long number)
    {
        _ahead.Dequeue();
        _link = entry.Link.ToArray();
        _number = number;
    }

    private void Explain(JournalEntry entry)
    {
        if (entry.SequenceNr > _ends.HeadNr)
        {
            Add(ChainFault.Inserted, entry.SequenceNr, entry.SequenceNr);
            _ahead.Dequeue();
            return;
        }

        if (TryReorder())
            return;
        TryPeek(1, out JournalEntry? next);
        if (next is not null && (Fits(next, next.SequenceNr) || Fits(next, next.SequenceNr - 1)))
            OnInserted(entry, next);
        else if (entry.SequenceNr > _number + 1 && (next is null ? IsHead(entry) : Follows(entry, entry.SequenceNr, next, next.SequenceNr)))
            OnRemoved(entry, shift: 0);
        else if (next is not null && !Follows(entry, entry.SequenceNr, next, next.SequenceNr) && Follows(entry, entry.SequenceNr + 1, next, next.SequenceNr + 1))
            OnRemoved(entry, shift: 1);
        else
            OnChanged(entry);
    }

    private bool IsHead(JournalEntry entry) => entry.SequenceNr == _ends.HeadNr && entry.Link.SequenceEqual(_ends.HeadLink);

    // The event that belongs here stands further on, and the one that stands here belongs there or further still: several have changed places.
    private bool TryReorder()
    {
        List<JournalEntry> window = Window();
        var places = new List<(JournalEntry Entry, long Number)>();
        byte[] link = _link;
        long number = _number;
        var left = new List<JournalEntry>(window);
        foreach (JournalEntry place in window)
        {
            JournalEntry? found = left.Find(candidate => candidate.Link.SequenceEqual(ChainHash.LinkOf(link, number, candidate, place.SequenceNr)));
            if (found is null)
                break;
            left.Remove(found);
            places.Add((found, place.SequenceNr));
            (link, number) = (found.Link.ToArray(), place.SequenceNr);
            if (left.Count == window.Count - places.Count && window.Take(places.Count).All(entry => !left.Contains(entry)))
                break; // Those that stand in these places are all found: the rest is in order.
        }

        if (places.Count < 2 || window.Take(places.Count).Any(left.Contains))
            return false;
        foreach ((JournalEntry entry, long place) in places.Where(static pair => pair.Entry.SequenceNr != pair.Number))
            Add(ChainFault.Reordered, place, entry.SequenceNr);
        for (int i = 0; i < places.Count; i++)
            _ahead.Dequeue();
        (_link, _number) = (link, number);
        return true;
    }

    private void OnInserted(JournalEntry entry, JournalEntry next)
    {
        Add(ChainFault.Inserted, entry.SequenceNr, entry.SequenceNr);
        _ahead.Dequeue();
        if (Fits(next, next.SequenceNr))
            return;
        FollowShifted(-1); // Those behind it were renumbered to make room.
    }

    private void OnRemoved(JournalEntry entry, int shift)
    {
        Add(ChainFault.Removed, _number + 1, Math.Max(_number + 1, entry.SequenceNr + shift - 1));
        Accept(entry, entry.SequenceNr + shift);
        if (shift != 0)
            FollowShifted(shift);
    }

    private void FollowShifted(int shift)
    {
        while (TryPeek(0, out JournalEntry? entry) && Fits(entry, entry.SequenceNr + shift))
            Accept(entry, entry.SequenceNr + shift);
    }

    private void OnChanged(JournalEntry entry)
    {
        if (entry.SequenceNr > _number + 1)
            Add(ChainFault.Removed, _number + 1, entry.SequenceNr - 1);
        Add(ChainFault.Changed, entry.SequenceNr, entry.SequenceNr);
        Accept(entry, entry.SequenceNr);
    }

    private void Add(ChainFault fault, long from, long to) => _findings.Add(new ChainFinding(_ends.StreamId, fault, from, to));

    private List<JournalEntry> Window()
    {
        TryPeek(WindowMax - 1, out _);
        return [.. _ahead];
    }

    private bool TryPeek(int index, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JournalEntry? entry)
    {
        while (_ahead.Count <= index && _rows.MoveNext())
            _ahead.Enqueue(_rows.Current);
        entry = _ahead.Count > index ? _ahead.ElementAt(index) : null;
        return entry is not null;
    }
}
