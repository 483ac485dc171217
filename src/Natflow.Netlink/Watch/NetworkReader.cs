using Natflow.Memory;
using Natflow.Netlink.Messages;

namespace Natflow.Netlink.Watch;

/// <summary>The sockets of a watcher: one for notifications, one for dumps, in one namespace. Owner thread only.</summary>
internal sealed class NetworkReader : IDisposable
{
    private const int TriesMax = 5;
    private const int DatagramsPerDrainMax = 8192;

    private static readonly ModelParts[] Parts =
        [ModelParts.Links, ModelParts.Addresses, ModelParts.Ipv4Routes, ModelParts.Ipv6Routes, ModelParts.Neighbours];

    private readonly string? _namespaceName;
    private readonly ModelBuilder _builder;
    private readonly NetlinkMessageHandler _apply;
    private readonly byte[] _buffer = new byte[NetlinkSocket.BufferBytes];
    private readonly byte[] _request = new byte[DumpRequest.BytesMax];
    private NetlinkSocket _dumps;

    internal NetworkReader(string? namespaceName, int receiveBufferBytes, ModelBuilder builder)
    {
        _namespaceName = namespaceName;
        _builder = builder;
        _apply = builder.Apply;
        Notifications = NetlinkSocket.Open(namespaceName);
        _ = Notifications.TrySetReceiveBuffer(receiveBufferBytes); // A smaller one overruns sooner, and an overrun is made good.
        foreach (NotificationGroup group in Enum.GetValues<NotificationGroup>())
        {
            if (group != NotificationGroup.None) Notifications.Join(group);
        }

        _dumps = NetlinkSocket.Open(namespaceName);
    }

    internal NetlinkSocket Notifications { get; }

    internal long NotificationCount { get; private set; }

    internal long OverrunCount { get; private set; }

    internal long DumpCount { get; private set; }

    /// <summary>Applies the notifications that are there, up to a bound.</summary>
    internal void Drain()
    {
        for (int i = 0; i < DatagramsPerDrainMax; i++)
        {
            ReceiveStatus status = Notifications.TryReceive(_buffer, out int lengthBytes);
            if (status == ReceiveStatus.Empty) return;
            if (status == ReceiveStatus.Lost)
            {
                OverrunCount++;
                _builder.MarkStale(ModelParts.All);
                continue;
            }

            var messages = new MessageReader(_buffer.AsSpan(0, lengthBytes));
            while (messages.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
            {
                NotificationCount++;
                _builder.Apply(header, payload);
            }

            if (messages.IsMalformed) _builder.MarkStale(ModelParts.All);
        }
    }

    /// <summary>Reads the stale tables anew.</summary>
    /// <exception cref="NativeException">The kernel refuses a dump.</exception>
    internal void Resync()
    {
        foreach (ModelParts part in Parts)
        {
            if ((_builder.Stale & part) != ModelParts.None) Resync(part);
        }
    }

    public void Dispose()
    {
        Notifications.Dispose();
        _dumps.Dispose();
    }

    private void Resync(ModelParts part)
    {
        for (int tries = 1; tries <= TriesMax; tries++)
        {
            _builder.BeginDump(part);
            DumpResult result = _dumps.Dump(DumpRequest.Write(_request, part), _buffer, _apply);
            DumpCount++;
            switch (result.Status)
            {
                case DumpStatus.Complete:
                    _builder.EndDump(part);
                    return;
                case DumpStatus.Interrupted when tries == TriesMax:
                    // The table never stands still. What came is nearer the truth than what was; the table stays stale for the next round.
                    _builder.EndDump(part);
                    _builder.MarkStale(part);
                    return;
                case DumpStatus.Refused when result.Errno is not (Errno.Busy or Errno.NoBuffers or Errno.NoMemory or Errno.Again):
                    _builder.AbandonDump(part);
                    throw new NativeException($"netlink dump of {part}", result.Text.Length > 0 ? result.Text : "refused", result.Errno);
                case DumpStatus.Interrupted:
                    continue;
            }

            _builder.AbandonDump(part);
            _dumps.Dispose(); // An unfinished dump blocks the next one on its socket.
            _dumps = NetlinkSocket.Open(_namespaceName);
        }
    }
}
