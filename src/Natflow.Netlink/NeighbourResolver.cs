using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Natflow.Memory;
using Natflow.Netlink.Messages;
using Natflow.Netlink.Model;

namespace Natflow.Netlink;

/// <summary>
/// Asks the kernel to resolve neighbours by ARP or neighbour discovery (RTM_NEWNEIGH with NTF_USE, as for a packet of its own). The
/// answer is seen by a <see cref="Watch.NetworkWatcher"/>. Needs CAP_NET_ADMIN.
/// </summary>
/// <remarks>
/// <see cref="Ask"/> never waits: the call into the kernel, which may wait for the kernel's own lock, happens on a thread of the resolver.
/// Rates are limited because strangers choose destinations: a scan of a subnet asks for each of its addresses.
/// </remarks>
public sealed class NeighbourResolver : IDisposable
{
    private const int RecentCount = 4096; // Power of two. Neighbours that share a slot may be asked for more often; the total rate holds.
    private const int QueueMax = 256;
    private const byte FlagUse = 0x01; // NTF_USE
    private const int RequestBytesMax = 64;

    private readonly NetlinkSocket _socket;
    private readonly TimeProvider _time;
    private readonly long _intervalTicks; // Between questions for one neighbour.
    private readonly long _spacingTicks; // Between questions in the mean.
    private readonly long _burstTicks; // How far questions may run ahead of the mean.
    private readonly long[] _recentKeys = new long[RecentCount];
    private readonly long[] _recentTimes = new long[RecentCount];
    private readonly BlockingCollection<(int LinkIndex, IpAddress Address)> _queue = new(QueueMax);
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[NetlinkSocket.BufferBytes];

    private long _theoreticalArrival; // GCRA: when the next question would be due at the mean rate.
    private long _refusedCount;
    private int _lastErrno;

    /// <summary>Opens a resolver.</summary>
    /// <param name="namespaceName">As <c>ip netns list</c> shows it; null is that of the calling thread.</param>
    /// <param name="perSecondMax">Questions a second in the mean, 1 to 1,000,000; a tenth of a second's worth may come at once.</param>
    /// <param name="neighbourInterval">Shortest time between two questions for one neighbour; null is one second.</param>
    /// <param name="time">Null is the system's.</param>
    /// <exception cref="NativeException">No such namespace, no descriptors left.</exception>
    public NeighbourResolver(
        string? namespaceName = null, int perSecondMax = 1000, TimeSpan? neighbourInterval = null, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecondMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perSecondMax, 1_000_000);
        _time = time ?? TimeProvider.System;
        _intervalTicks = (long)((neighbourInterval ?? TimeSpan.FromSeconds(1)).TotalSeconds * _time.TimestampFrequency);
        _spacingTicks = _time.TimestampFrequency / perSecondMax;
        _burstTicks = _time.TimestampFrequency / 10;
        _recentTimes.AsSpan().Fill(long.MinValue);
        _theoreticalArrival = _time.GetTimestamp();
        _socket = NetlinkSocket.Open(namespaceName);
        _thread = new Thread(Send) { IsBackground = true, Name = "neighbours" };
        _thread.Start();
    }

    /// <summary>Questions that the kernel refused: no such link, no permission. Any thread.</summary>
    public long RefusedCount => Interlocked.Read(ref _refusedCount);

    /// <summary>Errno of the latest refusal; 0 for none. EPERM: CAP_NET_ADMIN is missing. Any thread.</summary>
    public int LastErrno => Volatile.Read(ref _lastErrno);

    /// <summary>Asks the kernel to resolve a neighbour, if that was not asked lately. Any thread; never waits.</summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The neighbour.</param>
    /// <param name="isLost">Whether the kernel has lost it since: what was asked before is of no more use, as after a link that went and came back.</param>
    public AskResult Ask(int linkIndex, IpAddress address, bool isLost = false)
    {
        long now = _time.GetTimestamp();
        long key = ((long)linkIndex << 32) ^ (uint)address.GetHashCode();
        int slot = (int)((ulong)key * 0x9E3779B97F4A7C15UL >> 52) & (RecentCount - 1);

        // Two threads may pass here for one neighbour at once: a question too many, never one too few.
        if (!isLost && Volatile.Read(ref _recentKeys[slot]) == key && now - _intervalTicks < Volatile.Read(ref _recentTimes[slot]))
            return AskResult.AskedLately;
        if (!TryTakeRate(now)) return AskResult.RateLimited;
        if (!TryEnqueue(linkIndex, address)) return AskResult.Busy;

        Volatile.Write(ref _recentTimes[slot], now);
        Volatile.Write(ref _recentKeys[slot], key);
        return AskResult.Asked;
    }

    /// <summary>Closes the resolver; questions that wait are dropped.</summary>
    public void Dispose()
    {
        if (_queue.IsAddingCompleted) return;
        _queue.CompleteAdding();
        _thread.Join();
        _socket.Dispose();
    }

    private bool TryTakeRate(long now)
    {
        while (true)
        {
            long due = Volatile.Read(ref _theoreticalArrival);
            if (due - now > _burstTicks) return false;
            if (Interlocked.CompareExchange(ref _theoreticalArrival, Math.Max(due, now) + _spacingTicks, due) == due) return true;
        }
    }

    private bool TryEnqueue(int linkIndex, IpAddress address)
    {
        if (_queue.IsAddingCompleted) return false;
        try
        {
            return _queue.TryAdd((linkIndex, address));
        }
        catch (InvalidOperationException)
        {
            return false; // Closed since the line above.
        }
    }

    private void Send()
    {
        Span<byte> request = stackalloc byte[RequestBytesMax];
        foreach ((int linkIndex, IpAddress address) in _queue.GetConsumingEnumerable())
        {
            if (_queue.IsAddingCompleted) return;
            Note(_socket.TrySend(Write(request, linkIndex, address)));
            TakeRefusals();
        }
    }

    private static Span<byte> Write(Span<byte> request, int linkIndex, IpAddress address)
    {
        Span<byte> fixedPart = stackalloc byte[NeighbourParser.FixedBytes];
        fixedPart.Clear(); // State NUD_NONE: the kernel begins where it stands.
        fixedPart[0] = address.IsIpv4 ? AddressFamilyNumber.Ipv4 : AddressFamilyNumber.Ipv6;
        MemoryMarshal.Write(fixedPart[4..], linkIndex);
        fixedPart[10] = FlagUse;
        var writer = new RequestWriter(request, MessageType.NewNeighbour, MessageFlags.Create, fixedPart);
        Span<byte> bytes = stackalloc byte[16];
        writer.Add(NeighbourParser.Destination, bytes[..address.Write(bytes)]);
        return writer.Finish();
    }

    // Without NLM_F_ACK the kernel answers refusals alone, and it has answered before the send returns.
    private void TakeRefusals()
    {
        while (_socket.TryReceive(_buffer, out int lengthBytes) != ReceiveStatus.Empty)
        {
            var messages = new MessageReader(_buffer.AsSpan(0, lengthBytes));
            while (messages.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
            {
                if (header.Type == MessageType.Error && ErrorParser.TryParse(header, payload, out int errno, out _)) Note(errno);
            }
        }
    }

    private void Note(int errno)
    {
        if (errno == 0) return;
        Volatile.Write(ref _lastErrno, errno);
        Interlocked.Increment(ref _refusedCount);
    }
}
