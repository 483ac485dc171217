using System.Runtime.InteropServices;

namespace Natflow.Netlink.Messages;

/// <summary>Writes one request: a header, a fixed part, attributes.</summary>
/// <remarks>The caller's buffer must have room: requests of this assembly are below 128 bytes.</remarks>
public ref struct RequestWriter
{
    private readonly Span<byte> _buffer;
    private int _lengthBytes;

    /// <summary>Starts a request; its sequence number and port are filled in when it is sent.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="type">See <see cref="MessageType"/>.</param>
    /// <param name="flags">See <see cref="MessageFlags"/>; <see cref="MessageFlags.Request"/> is added.</param>
    /// <param name="fixedPart">struct ifinfomsg, rtmsg or another.</param>
    public RequestWriter(Span<byte> buffer, ushort type, ushort flags, scoped ReadOnlySpan<byte> fixedPart)
    {
        _buffer = buffer;
        _lengthBytes = NetlinkHeader.SizeBytes + Alignment.Up(fixedPart.Length);
        _buffer[.._lengthBytes].Clear();
        var header = new NetlinkHeader(0, type, (ushort)(flags | MessageFlags.Request), Sequence: 0, PortId: 0);
        MemoryMarshal.Write(_buffer, header);
        fixedPart.CopyTo(_buffer[NetlinkHeader.SizeBytes..]);
    }

    /// <summary>Adds an attribute.</summary>
    public void Add(ushort type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> attribute = _buffer.Slice(_lengthBytes, Alignment.Up(4 + value.Length));
        attribute.Clear();
        MemoryMarshal.Write(attribute, (ushort)(4 + value.Length));
        MemoryMarshal.Write(attribute[2..], type);
        value.CopyTo(attribute[4..]);
        _lengthBytes += attribute.Length;
    }

    /// <summary>Ends the request.</summary>
    /// <returns>The bytes to send.</returns>
    public readonly Span<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_lengthBytes);
        return _buffer[.._lengthBytes];
    }
}
