using System.Numerics;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Inspect.UrlLog;

/// <summary>
/// Visits, merged: an equal visit within the window adds a hit to the record that waits. A record can be read once it is older than the window, in the order of the
/// first hits. Full refuses the new and counts.
/// </summary>
/// <remarks>One owner thread; no allocation after start. Equal are family, both addresses, destination port, text, kind and method; source port, MAC and rule are those of the first hit.</remarks>
public sealed class VisitLog : IDisposable
{
    /// <summary>The longest text, host and URI, in bytes.</summary>
    public const int TextBytesMax = 2047;

    private const long NsPerSecond = 1_000_000_000;

    // Records of one bucket that are compared; more are taken for new ones.
    private const int StepsMax = 64;

    private readonly UrlLogSettings _settings;
    private readonly NativeArray<UrlRecord> _records;
    private readonly NativeArray<long> _buckets;
    private readonly NativeArray<byte> _ring;
    private readonly byte[] _text = new byte[TextBytesMax + 1];
    private readonly FlowHash _hash;
    private readonly uint _bucketMask;
    private long _head = 1; // Number of the oldest record; records are numbered from 1.
    private long _next = 1;
    private int _ringEnd;

    /// <summary>An empty log.</summary>
    /// <param name="settings">Sizes and rules.</param>
    /// <param name="seed">Of the keyed hash.</param>
    public VisitLog(UrlLogSettings settings, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.TextBytes, TextBytesMax + 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.WindowSeconds, nameof(settings));
        _settings = settings;
        _records = new NativeArray<UrlRecord>(settings.Capacity);
        _buckets = new NativeArray<long>((int)BitOperations.RoundUpToPowerOf2((uint)settings.Capacity));
        _ring = new NativeArray<byte>(settings.TextBytes);
        _bucketMask = (uint)_buckets.Length - 1;
        _hash = new FlowHash(seed);
    }

    /// <summary>Records that wait.</summary>
    public int Count => (int)(_next - _head);

    /// <summary>What became of observations.</summary>
    public UrlLogCounters Counters { get; } = new();

    /// <summary>Takes an observation; kinds other than HTTP, TLS and QUIC are no visits.</summary>
    /// <param name="batch">The batch of the observation.</param>
    /// <param name="observation">The observation; times do not go back.</param>
    /// <param name="visit">Its flow.</param>
    public void Add(ObservationBatch batch, in Observation observation, in UrlVisit visit)
    {
        if (observation.Kind is not (ObservationKind.Http or ObservationKind.Tls or ObservationKind.Quic))
            return;
        if (!TryMakeText(batch, in observation, out int hostBytes, out int textBytes))
            return;
        UrlRecord record = MakeRecord(batch, in observation, in visit, hostBytes, textBytes);
        ReadOnlySpan<byte> text = _text.AsSpan(0, textBytes);
        record.Hash = HashOf(in record, text);
        if (!TryMerge(in record, text))
            Append(ref record, text);
    }

    /// <summary>Takes the oldest record out, if it is older than the window.</summary>
    /// <param name="nowNs">Time, by the clock of the observations; <see cref="long.MaxValue"/> takes all there are.</param>
    /// <param name="record">The record.</param>
    /// <param name="text">Host and URI; valid until the next call of the log.</param>
    public bool TryTake(long nowNs, out UrlRecord record, out ReadOnlySpan<byte> text)
    {
        record = default;
        text = default;
        if (Count == 0)
            return false;
        ref UrlRecord oldest = ref RecordOf(_head);
        if ((nowNs / NsPerSecond) - (oldest.TimestampNs / NsPerSecond) <= _settings.WindowSeconds)
            return false;
        record = oldest;
        text = TextOf(in oldest);
        _head++;
        Counters.Taken++;
        return true;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _records.Dispose();
        _buckets.Dispose();
        _ring.Dispose();
    }

    private bool TryMakeText(ObservationBatch batch, in Observation observation, out int hostBytes, out int textBytes)
    {
        textBytes = 0;
        bool isHttp = observation.Kind == ObservationKind.Http;
        HostNameRules rules = _settings.NameRules | (isHttp ? HostNameRules.WithPort : HostNameRules.Strict);
        if (!HostName.TryNormalize(batch.Text(observation.Name), rules, _text, out hostBytes))
        {
            Counters.NamesRefused++;
            return false;
        }

        ReadOnlySpan<byte> uri = isHttp ? UriOf(batch.Text(observation.Method), batch.Text(observation.Uri)) : default;
        textBytes = hostBytes + uri.Length;
        if (uri.ContainsAnyInRange((byte)0, (byte)0x1F) || uri.Contains((byte)0x7F))
        {
            Counters.TargetsRefused++;
            return false;
        }

        if (textBytes > TextBytesMax)
        {
            Counters.TooLong++;
            return false;
        }

        uri.CopyTo(_text.AsSpan(hostBytes));
        return true;
    }

    // Of the absolute form, what follows the authority; of a tunnel's, nothing (RFC 9112 section 3.2).
    private static ReadOnlySpan<byte> UriOf(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        if (method.SequenceEqual("CONNECT"u8))
            return default;
        int scheme = target.IndexOf("://"u8);
        if (target.IsEmpty || target[0] == (byte)'/' || scheme < 0)
            return target;
        ReadOnlySpan<byte> rest = target[(scheme + 3)..];
        int path = rest.IndexOfAny((byte)'/', (byte)'?');
        return path < 0 ? default : rest[path..];
    }

    private UrlRecord MakeRecord(ObservationBatch batch, in Observation observation, in UrlVisit visit, int hostBytes, int textBytes) => new()
    {
        TimestampNs = observation.TimestampNs,
        Source = _settings.Tuple >= UrlTuple.Translated ? visit.Reply.Server : observation.Ends.Client,
        Destination = _settings.Tuple == UrlTuple.Original ? observation.Ends.Server : visit.Reply.Client,
        SourcePort = observation.Ends.ClientPort,
        DestinationPort = observation.Ends.ServerPort,
        Mac = visit.Mac,
        Hits = 1,
        HostBytes = (ushort)hostBytes,
        TextBytes = (ushort)textBytes,
        Kind = observation.Kind,
        Method = MethodOf(batch.Text(observation.Method)),
        AclSlot = visit.AclSlot,
        AclAction = visit.AclAction,
        IsIpv6 = observation.Ends.IsIpv6,
        IsInferred = (observation.Flags & ObservationFlags.Inferred) != ObservationFlags.None,
    };

    private static UrlMethod MethodOf(ReadOnlySpan<byte> method)
    {
        if (method.IsEmpty) return UrlMethod.None;
        if (method.SequenceEqual("GET"u8)) return UrlMethod.Get;
        if (method.SequenceEqual("POST"u8)) return UrlMethod.Post;
        if (method.SequenceEqual("HEAD"u8)) return UrlMethod.Head;
        if (method.SequenceEqual("PUT"u8)) return UrlMethod.Put;
        if (method.SequenceEqual("DELETE"u8)) return UrlMethod.Delete;
        if (method.SequenceEqual("OPTIONS"u8)) return UrlMethod.Options;
        if (method.SequenceEqual("CONNECT"u8)) return UrlMethod.Connect;
        return method.SequenceEqual("PATCH"u8) ? UrlMethod.Patch : UrlMethod.Other;
    }

    private uint HashOf(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        ulong words = ((ulong)record.DestinationPort << 16) | ((ulong)record.Kind << 8) | (ulong)record.Method;
        uint hash = _hash.OfIpv6(record.Source, record.Destination, words);
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
            hash = _hash.Of(MemoryMarshal.Read<ulong>(text) ^ ((ulong)hash << 32) ^ hash);
        ulong rest = 0;
        foreach (byte letter in text)
            rest = (rest << 8) | letter;
        return _hash.Of(rest ^ ((ulong)hash << 32) ^ hash);
    }

    private bool TryMerge(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        long number = _buckets[record.Hash & _bucketMask];
        for (int step = 0; step < StepsMax && number >= _head; step++)
        {
            ref UrlRecord waiting = ref RecordOf(number);
            if ((record.TimestampNs / NsPerSecond) - (waiting.TimestampNs / NsPerSecond) > _settings.WindowSeconds)
                return false; // The others of the bucket are older still.
            if (waiting.Hash == record.Hash && AreEqual(in waiting, in record) && TextOf(in waiting).SequenceEqual(text))
            {
                waiting.Hits++;
                Counters.Merged++;
                return true;
            }

            number = waiting.Previous;
        }

        return false;
    }

    private static bool AreEqual(in UrlRecord a, in UrlRecord b) =>
        a.IsIpv6 == b.IsIpv6 && a.IsInferred == b.IsInferred && a.Source == b.Source && a.Destination == b.Destination && a.DestinationPort == b.DestinationPort
        && a.Kind == b.Kind && a.Method == b.Method && a.HostBytes == b.HostBytes;

    private void Append(ref UrlRecord record, ReadOnlySpan<byte> text)
    {
        if (Count == _records.Length || !TryReserve(text.Length, out record.TextStart))
        {
            Counters.Full++;
            return;
        }

        text.CopyTo(_ring.Span[record.TextStart..]);
        _ringEnd = record.TextStart + text.Length;
        ref long bucket = ref _buckets[record.Hash & _bucketMask];
        record.Previous = bucket;
        bucket = _next;
        RecordOf(_next++) = record;
        Counters.Added++;
    }

    // Texts follow one another in a ring, each in one piece; the oldest record says where the used part begins.
    private bool TryReserve(int bytes, out int start)
    {
        start = Count == 0 ? 0 : _ringEnd;
        if (Count == 0)
            return true;
        int used = RecordOf(_head).TextStart;
        bool isWrapped = RecordOf(_next - 1).TextStart < used;
        if (isWrapped)
            return start + bytes <= used;
        if (start + bytes <= _ring.Length)
            return true;
        start = 0;
        return bytes <= used;
    }

    private ref UrlRecord RecordOf(long number) => ref _records[(uint)(number % _records.Length)];

    private ReadOnlySpan<byte> TextOf(in UrlRecord record) => _ring.Span.Slice(record.TextStart, record.TextBytes);
}
