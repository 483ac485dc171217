using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Inspect.Apps;

/// <summary>
/// What DNS last called an address, for each user: a name for flows that have none of their own, to be marked as inferred. Bounded: a user has a window of
/// <see cref="NamesPerUser"/> names, and only ever pushes out names of that window.
/// </summary>
/// <remarks>Off the managed heap; one owner thread; no allocation after start. Users may share a window by chance of the keyed hash; names are still theirs alone.</remarks>
public sealed class AnswerNames : IDisposable
{
    /// <summary>Names that are kept for one user.</summary>
    public const int NamesPerUser = 64;

    private const int Ways = 4;
    private const int SetsPerUser = NamesPerUser / Ways;
    private const int RecordBytes = 20;
    private const int RecordsMax = 64;

    // A name with a longer time to live is asked for again at the latest when the machine restarts; one with a shorter serves connections for a while.
    private const uint TtlSecondsMin = 60;
    private const uint TtlSecondsMax = 86_400;
    private const long NsPerSecond = 1_000_000_000;

    private readonly NativeArray<Entry> _entries;
    private readonly FlowHash _hash;
    private readonly uint _userMask;

    /// <summary>An empty store.</summary>
    /// <param name="users">Windows, rounded up to a power of two; 8 KiB each.</param>
    /// <param name="seed">Of the keyed hash.</param>
    public AnswerNames(int users, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(users);
        uint windows = BitOperations.RoundUpToPowerOf2((uint)users);
        _entries = new NativeArray<Entry>((int)windows * NamesPerUser);
        _userMask = windows - 1;
        _hash = new FlowHash(seed);
    }

    /// <summary>Names learned, each address once.</summary>
    public ulong Learned { get; private set; }

    /// <summary>Names not kept because they are longer than 80 bytes, or addresses beyond 64 of one answer.</summary>
    public ulong NotKept { get; private set; }

    /// <summary>Living names that others of their user took the place of.</summary>
    public ulong PushedOut { get; private set; }

    /// <summary>Learns the addresses of an answer.</summary>
    /// <param name="batch">The inspector's batch.</param>
    /// <param name="answer">Of kind <see cref="ObservationKind.DnsAnswer"/>; its client is the user.</param>
    public void Learn(ObservationBatch batch, in Observation answer)
    {
        ReadOnlySpan<byte> name = batch.Text(answer.Name);
        ReadOnlySpan<byte> records = batch.Text(answer.Addresses);
        int count = Math.Min(records.Length / RecordBytes, RecordsMax);
        NotKept += (ulong)((records.Length / RecordBytes) - count);
        if (name.Length is 0 or > NameText.Bytes)
        {
            NotKept += (ulong)count;
            return;
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> record = records.Slice(i * RecordBytes, RecordBytes);
            uint ttlSeconds = Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(record[16..]), TtlSecondsMin, TtlSecondsMax);
            Learn(answer.Ends.Client, Ipv6Address.Read(record), answer.Ends.Zone, name, answer.TimestampNs, answer.TimestampNs + (ttlSeconds * NsPerSecond));
        }
    }

    /// <summary>Finds the name of a flow's server.</summary>
    /// <param name="ends">The flow's ends, the user first.</param>
    /// <param name="nowNs">Time.</param>
    /// <param name="name">As it was asked for; valid until the next answer is learned.</param>
    public bool TryFind(in FlowEnds ends, long nowNs, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (Learned == 0)
            return false; // Nobody's memory is touched where no answer is seen.
        uint set = SetOf(ends.Client, ends.Server, ends.Zone);
        for (uint i = set; i < set + Ways; i++)
        {
            ref Entry entry = ref _entries[i];
            if (entry.NameBytes == 0 || entry.ExpiresNs < nowNs || entry.Zone != ends.Zone || entry.Server != ends.Server || entry.Client != ends.Client)
                continue;
            name = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<NameText, byte>(ref entry.Name), entry.NameBytes);
            return true;
        }

        return false;
    }

    /// <inheritdoc />
    public void Dispose() => _entries.Dispose();

    private void Learn(Ipv6Address client, Ipv6Address server, ushort zone, ReadOnlySpan<byte> name, long nowNs, long expiresNs)
    {
        uint set = SetOf(client, server, zone);
        uint place = set;
        for (uint i = set; i < set + Ways; i++)
        {
            ref Entry entry = ref _entries[i];
            if (entry.Client == client && entry.Server == server && entry.Zone == zone)
            {
                place = i;
                break;
            }

            if (entry.ExpiresNs < _entries[place].ExpiresNs)
                place = i;
        }

        ref Entry taken = ref _entries[place];
        if (taken.NameBytes != 0 && taken.ExpiresNs >= nowNs && (taken.Client != client || taken.Server != server || taken.Zone != zone))
            PushedOut++;
        taken.Client = client;
        taken.Server = server;
        taken.Zone = zone;
        taken.ExpiresNs = expiresNs;
        taken.NameBytes = (byte)name.Length;
        name.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<NameText, byte>(ref taken.Name), NameText.Bytes));
        Learned++;
    }

    // The user gives the window, the server the set in it.
    private uint SetOf(Ipv6Address client, Ipv6Address server, ushort zone)
    {
        uint window = _hash.OfIpv6(client, default, zone) & _userMask;
        uint set = _hash.OfIpv6(server, client, zone) % SetsPerUser;
        return (window * NamesPerUser) + (set * Ways);
    }

    [InlineArray(Bytes)]
    private struct NameText
    {
        internal const int Bytes = 80;

        private byte _first;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 128)]
    private struct Entry
    {
        internal Ipv6Address Client;
        internal Ipv6Address Server;
        internal long ExpiresNs;
        internal ushort Zone;
        internal byte NameBytes;
        internal NameText Name;
    }
}
