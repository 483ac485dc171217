using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Natflow.Journal.Events;

namespace Natflow.Journal.Ipfix;

/// <summary>Makes IPFIX messages (RFC 7011) of NAT events (RFC 8158): a file of them is an IPFIX file (RFC 5655), one a datagram suits any collector.</summary>
/// <remarks>Each message carries the templates, so that each can be read alone.</remarks>
public sealed class IpfixExport
{
    private const ushort Version = 10;
    private const ushort TemplateSet = 2;
    private const int HeaderBytes = 16;
    private const int SetHeaderBytes = 4;
    private const int MessageBytesMax = 1400; // Fits an Ethernet frame with all headers (RFC 7011 section 10.3.3).

    private readonly Action<ReadOnlyMemory<byte>> _send;
    private readonly uint _domain;
    private readonly byte[] _message = new byte[MessageBytesMax];
    private int _length;
    private int _setStart;
    private IpfixTemplate? _template;
    private uint _recordCount;
    private uint _pendingCount;
    private uint _exportSeconds;

    /// <summary>Makes an exporter.</summary>
    /// <param name="send">Gets each message.</param>
    /// <param name="domain">Observation domain id.</param>
    public IpfixExport(Action<ReadOnlyMemory<byte>> send, uint domain = 1)
    {
        _send = send;
        _domain = domain;
        Begin();
    }

    /// <summary>Records written.</summary>
    public uint RecordCount => _recordCount;

    /// <summary>Adds an event; one that is no NAT event is left out.</summary>
    /// <returns>Whether it became a record.</returns>
    public bool Add(JournalEntry entry, IJournalEvent journalEvent)
    {
        switch (journalEvent)
        {
            case PortBlockAllocated block:
                return AddBlock(entry, natEvent: 16, block.User, block.Public, block.FirstPort, block.PortCount, block.Zone);
            case PortBlockReleased block:
                return AddBlock(entry, natEvent: 17, block.User, block.Public, block.FirstPort, block.PortCount, block.Zone);
            case SessionOpened open:
                return AddSession(entry, isEnd: false, new SessionClosed(open.User, open.Zone, open.Protocol, open.InsidePort, open.Public, open.PublicPort, open.Remote, open.RemotePort, 0, 0));
            case SessionClosed closed:
                return AddSession(entry, isEnd: true, closed);
            case PoolThresholdReached:
                Span<byte> record = Start(IpfixTemplate.Threshold, entry, natEvent: 18);
                BinaryPrimitives.WriteUInt32BigEndian(record, 1); // Address pool high threshold.
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends what waits.</summary>
    public void Flush()
    {
        if (_pendingCount != 0)
            Send();
    }

    private bool AddBlock(JournalEntry entry, byte natEvent, string user, string publicAddress, int firstPort, int portCount, int zone)
    {
        if (!TryAddress(user, out IPAddress source) || !TryAddress(publicAddress, out IPAddress outside) || outside.AddressFamily != AddressFamily.InterNetwork)
            return false;
        Span<byte> record = Start(source.AddressFamily == AddressFamily.InterNetwork ? IpfixTemplate.Block : IpfixTemplate.BlockIpv6, entry, natEvent);
        Write(ref record, source);
        Write(ref record, outside);
        Write(ref record, (ushort)firstPort);
        Write(ref record, (ushort)(firstPort + portCount - 1));
        BinaryPrimitives.WriteUInt32BigEndian(record, (uint)zone);
        return true;
    }

    private bool AddSession(JournalEntry entry, bool isEnd, SessionClosed session)
    {
        if (!TryAddress(session.User, out IPAddress source) || !TryAddress(session.Public, out IPAddress outside) || !TryAddress(session.Remote, out IPAddress remote)
            || outside.AddressFamily != AddressFamily.InterNetwork || remote.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        bool isIpv4 = source.AddressFamily == AddressFamily.InterNetwork;
        byte natEvent = (byte)((isIpv4 ? 4 : 6) + (isEnd ? 1 : 0));
        Span<byte> record = Start(isIpv4 ? IpfixTemplate.Session : IpfixTemplate.SessionIpv6, entry, natEvent);
        Write(ref record, source);
        record[0] = (byte)session.Protocol;
        record = record[1..];
        Write(ref record, outside);
        Write(ref record, (ushort)session.InsidePort);
        Write(ref record, (ushort)session.PublicPort);
        Write(ref record, remote);
        Write(ref record, remote);
        Write(ref record, (ushort)session.RemotePort);
        Write(ref record, (ushort)session.RemotePort);
        BinaryPrimitives.WriteInt64BigEndian(record, session.BytesOut);
        BinaryPrimitives.WriteInt64BigEndian(record[8..], session.BytesIn);
        BinaryPrimitives.WriteUInt32BigEndian(record[16..], (uint)session.Zone);
        return true;
    }

    private Span<byte> Start(IpfixTemplate template, JournalEntry entry, byte natEvent)
    {
        if (_length + SetHeaderBytes + template.RecordBytes > MessageBytesMax)
            Send();
        if (!ReferenceEquals(_template, template))
        {
            EndSet();
            _template = template;
            _setStart = _length;
            BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_length), template.Id);
            _length += SetHeaderBytes;
        }

        Span<byte> record = _message.AsSpan(_length, template.RecordBytes);
        record.Clear();
        long unixMs = (entry.CreatedTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        BinaryPrimitives.WriteInt64BigEndian(record, unixMs);
        record[8] = natEvent;
        _exportSeconds = Math.Max(_exportSeconds, (uint)Math.Clamp(unixMs / 1000, 0, uint.MaxValue));
        _length += template.RecordBytes;
        _pendingCount++;
        return record[9..];
    }

    private void Begin()
    {
        _length = HeaderBytes;
        int start = _length;
        _length += SetHeaderBytes;
        foreach (IpfixTemplate template in IpfixTemplate.All)
        {
            Append(template.Id);
            Append((ushort)template.Fields.Count);
            foreach ((ushort element, ushort bytes) in template.Fields)
            {
                Append(element);
                Append(bytes);
            }
        }

        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(start), TemplateSet);
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(start + 2), (ushort)(_length - start));
        _template = null;
        _pendingCount = 0;
    }

    private void Append(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_length), value);
        _length += sizeof(ushort);
    }

    private void EndSet()
    {
        if (_template is not null)
            BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_setStart + 2), (ushort)(_length - _setStart));
    }

    // The sequence number counts the records sent before (RFC 7011 section 3.1).
    private void Send()
    {
        EndSet();
        BinaryPrimitives.WriteUInt16BigEndian(_message, Version);
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(2), (ushort)_length);
        BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(4), _exportSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(8), _recordCount);
        BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(12), _domain);
        _send(_message.AsMemory(0, _length));
        _recordCount += _pendingCount;
        Begin();
    }

    private static bool TryAddress(string text, out IPAddress address)
    {
        bool isAddress = IPAddress.TryParse(text, out IPAddress? parsed);
        address = parsed ?? IPAddress.Any;
        return isAddress;
    }

    private static void Write(ref Span<byte> record, IPAddress address)
    {
        address.TryWriteBytes(record, out int written);
        record = record[written..];
    }

    private static void Write(ref Span<byte> record, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(record, value);
        record = record[sizeof(ushort)..];
    }
}
