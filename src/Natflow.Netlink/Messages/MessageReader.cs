using System.Runtime.InteropServices;

namespace Natflow.Netlink.Messages;

/// <summary>Walks the messages of one datagram. Total: any bytes end with <see cref="IsMalformed"/> true or false.</summary>
public ref struct MessageReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first message.</summary>
    /// <param name="datagram">What one receive gave.</param>
    public MessageReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>Whether the walk ended because a length pointed outside the datagram or was below its minimum.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Takes the next message.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="payload">The bytes after the header.</param>
    /// <returns>False at the end of the datagram and at the first malformed message.</returns>
    public bool TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (_rest.IsEmpty) return false;
        if (_rest.Length < NetlinkHeader.SizeBytes) return Fail();
        header = MemoryMarshal.Read<NetlinkHeader>(_rest);
        if (header.LengthBytes < NetlinkHeader.SizeBytes || header.LengthBytes > (uint)_rest.Length) return Fail();

        int lengthBytes = (int)header.LengthBytes;
        payload = _rest[NetlinkHeader.SizeBytes..lengthBytes];
        _rest = _rest[Math.Min(Alignment.Up(lengthBytes), _rest.Length)..];
        return true;
    }

    private bool Fail()
    {
        IsMalformed = true;
        _rest = default;
        return false;
    }
}
