using Natflow.Gateway.Inspection;
using Natflow.Inspect.Domains;
using Natflow.Management.Control;

namespace Natflow.Host.Live;

/// <summary>The lists of domains in force. They are read aside while packets go on, and put in force in all shards, all of them or none.</summary>
/// <remarks>Any thread. One change at a time: who comes meanwhile waits.</remarks>
internal sealed class DomainLists : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ulong _seed;
    private readonly Func<DomainListsRequest, Task> _apply;
    private volatile Held _held;

    /// <summary>Reads the lists of the start.</summary>
    /// <param name="files">Absolute paths, numbered from 1 in their order.</param>
    /// <param name="seed">Of the tables.</param>
    /// <param name="notes">Gets what the operator should know.</param>
    /// <param name="apply">Puts lists in force; ends when the earlier ones are read no more.</param>
    /// <exception cref="GatewayException">A list cannot be read.</exception>
    internal DomainLists(IReadOnlyList<string> files, ulong seed, List<string> notes, Func<DomainListsRequest, Task> apply)
    {
        _seed = seed;
        _apply = apply;
        _held = Read(files, notes);
    }

    /// <summary>What is in force; null where there are no lists. Lives until others are in force.</summary>
    internal DomainTable? Table => _held.Table;

    /// <summary>What each list came to.</summary>
    internal IReadOnlyList<DomainListModel> Models => _held.Models;

    /// <summary>Whether a file has changed since it was read.</summary>
    internal bool IsStale => !DomainListSource.StampsOf(_held.Files).SequenceEqual(_held.Stamps);

    /// <summary>Reads other lists, or the same ones anew. Nothing is in force before <see cref="Change.PutInForce"/>.</summary>
    /// <param name="files">Absolute paths; null for those in force.</param>
    /// <returns>The change; others wait until it is disposed of.</returns>
    internal async Task<Change> Begin(IReadOnlyList<string>? files)
    {
        await _gate.WaitAsync();
        var notes = new List<string>();
        files ??= _held.Files;
        try
        {
            return new Change(this, await Task.Run(() => Read(files, notes)), notes, null);
        }
        catch (GatewayException error)
        {
            _held = _held with { Stamps = files == _held.Files ? DomainListSource.StampsOf(files) : _held.Stamps }; // Until it changes again it is the same mistake.
            return new Change(this, null, notes, error.Message);
        }
        catch
        {
            _gate.Release();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _held.Table?.Dispose();
        _gate.Dispose();
    }

    private Held Read(IReadOnlyList<string> files, List<string> notes)
    {
        IReadOnlyList<(DateTime, long)> stamps = DomainListSource.StampsOf(files); // Before the reading: what is written meanwhile is read again.
        return new Held(files, stamps, DomainListSource.Read(files, _seed, notes, out IReadOnlyList<DomainListModel> models), models);
    }

    /// <summary>Lists that were read, and may be put in force.</summary>
    internal sealed class Change : IDisposable
    {
        private readonly DomainLists _owner;
        private Held? _read;

        internal Change(DomainLists owner, Held? read, IReadOnlyList<string> notes, string? error)
        {
            _owner = owner;
            _read = read;
            Notes = notes;
            Error = error;
        }

        /// <summary>What the operator should know of the lists.</summary>
        internal IReadOnlyList<string> Notes { get; }

        /// <summary>Why they cannot be read, with file and line; null where they can.</summary>
        internal string? Error { get; }

        /// <summary>Puts them in force in all shards, and gives the earlier ones back.</summary>
        internal async Task PutInForce()
        {
            Held next = _read ?? throw new InvalidOperationException("there is nothing to be put in force");
            await _owner._apply(new DomainListsRequest(next.Table));
            _read = null;
            DomainTable? earlier = _owner._held.Table;
            _owner._held = next;
            earlier?.Dispose();
        }

        /// <summary>Lets the next change begin; what is not in force is given back.</summary>
        public void Dispose()
        {
            _read?.Table?.Dispose();
            _owner._gate.Release();
        }
    }

    /// <summary>Lists that were read.</summary>
    internal sealed record Held(IReadOnlyList<string> Files, IReadOnlyList<(DateTime Written, long Bytes)> Stamps, DomainTable? Table, IReadOnlyList<DomainListModel> Models);
}
