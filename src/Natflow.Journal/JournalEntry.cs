using System.Runtime.CompilerServices;
using Natflow.Journal.Chain;

namespace Natflow.Journal;

/// <summary>An event as a store holds it: one row of table <c>journal</c>.</summary>
/// <remarks>Salt, digest and link lie within: of the thousands that wait, the collector follows one object and its payload.</remarks>
public sealed class JournalEntry
{
    private Salt16 _salt;
    private Hash32 _digest;
    private Hash32 _link;
    private byte _saltBytes;
    private byte _digestBytes;
    private byte _linkBytes;

    /// <summary>Insert counter of the whole journal; 0 before it is stored. Gaps are normal.</summary>
    public long Ordering { get; set; }

    /// <summary>The stream.</summary>
    public required string StreamId { get; init; }

    /// <summary>Number in the stream, from 1; 0 lets the writer give the next one.</summary>
    public long SequenceNr { get; set; }

    /// <summary>When it happened: .NET ticks, UTC. Never falls within a journal: the writer holds it at the latest it has seen.</summary>
    public long CreatedTicks { get; set; }

    /// <summary>Name and version of the event, <c>name:version</c>.</summary>
    public required string Manifest { get; init; }

    /// <summary>UTF-8 JSON; empty once erased.</summary>
    public required byte[] Payload { get; init; }

    /// <summary>Random bytes in front of the payload's digest, so that an erased payload cannot be guessed; at most <see cref="ChainHash.SaltBytes"/>.</summary>
    public ReadOnlySpan<byte> Salt
    {
        get => ((ReadOnlySpan<byte>)_salt)[.._saltBytes];
        init => _saltBytes = Keep(value, _salt);
    }

    /// <summary>SHA-256 of salt and payload.</summary>
    public ReadOnlySpan<byte> Digest
    {
        get => ((ReadOnlySpan<byte>)_digest)[.._digestBytes];
        init => _digestBytes = Keep(value, _digest);
    }

    /// <summary>What ties the event to the one before it in its stream: SHA-256, 32 bytes; empty before it is stored.</summary>
    public ReadOnlySpan<byte> Link
    {
        get => ((ReadOnlySpan<byte>)_link)[.._linkBytes];
        set => _linkBytes = Keep(value, _link);
    }

    /// <summary>Whether the payload was erased; digest and link stay.</summary>
    public bool IsErased { get; init; }

    /// <summary>Whether it is left out of replay: the last event that a deletion removed, at which the chain begins.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Journal instance that wrote it, 32 hex digits.</summary>
    public string WriterId { get; set; } = string.Empty;

    /// <summary>Fencing token of the stream's owner; 0 where the stream has none.</summary>
    public long Token { get; set; }

    /// <summary>Under which it is found: <see cref="Events.EventKeys"/>.</summary>
    public IReadOnlyList<long> Keys { get; init; } = [];

    private static byte Keep(ReadOnlySpan<byte> value, Span<byte> place)
    {
        value.CopyTo(place);
        return (byte)value.Length;
    }

    [InlineArray(ChainHash.SaltBytes)]
    private struct Salt16
    {
        private byte _first;
    }

    [InlineArray(ChainHash.DigestBytes)]
    private struct Hash32
    {
        private byte _first;
    }
}
