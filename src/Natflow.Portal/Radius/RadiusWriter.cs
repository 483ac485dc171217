using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Portal.Radius;

/// <summary>Writes a RADIUS packet.</summary>
internal sealed class RadiusWriter
{
    private const int ValueBytesMax = 253;

    private readonly byte[] _bytes = new byte[RadiusPacket.BytesMax];
    private int _length = RadiusPacket.HeaderBytes;
    private int _signatureOffset = -1;

    /// <summary>Begins one.</summary>
    internal RadiusWriter(RadiusCode code, byte identifier)
    {
        _bytes[0] = (byte)code;
        _bytes[1] = identifier;
    }

    /// <summary>Adds bytes; longer ones are cut, and what finds no room is left out.</summary>
    internal RadiusWriter Add(byte type, ReadOnlySpan<byte> value)
    {
        value = value[..Math.Min(value.Length, ValueBytesMax)];
        if (value.IsEmpty || _length + 2 + value.Length > _bytes.Length)
            return this;
        _bytes[_length] = type;
        _bytes[_length + 1] = (byte)(2 + value.Length);
        value.CopyTo(_bytes.AsSpan(_length + 2));
        _length += 2 + value.Length;
        return this;
    }

    /// <summary>Adds a text.</summary>
    internal RadiusWriter Add(byte type, string text) => Add(type, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a number.</summary>
    internal RadiusWriter Add(byte type, uint number)
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(value, number);
        return Add(type, value);
    }

    /// <summary>Adds a vendor's number (RFC 2865 section 5.26).</summary>
    internal RadiusWriter AddVendor(uint vendor, byte type, uint number)
    {
        Span<byte> value = stackalloc byte[4 + 2 + sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(value, vendor);
        value[4] = type;
        value[5] = 2 + sizeof(uint);
        BinaryPrimitives.WriteUInt32BigEndian(value[6..], number);
        return Add(RadiusType.VendorSpecific, value);
    }

    /// <summary>Adds an address by the attribute of its family.</summary>
    internal RadiusWriter Add(byte ipv4Type, byte ipv6Type, IPAddress address) =>
        Add(address.AddressFamily == AddressFamily.InterNetwork ? ipv4Type : ipv6Type, address.GetAddressBytes());

    /// <summary>Makes room for the Message-Authenticator. First of all attributes, so that no forged prefix comes before it.</summary>
    internal RadiusWriter AddSignature()
    {
        _signatureOffset = _length + 2;
        return Add(RadiusType.MessageAuthenticator, stackalloc byte[RadiusPacket.AuthenticatorBytes]);
    }

    /// <summary>The packet of a login: its authenticator is random (RFC 2865 section 3).</summary>
    internal byte[] FinishAccess(ReadOnlySpan<byte> authenticator, RadiusSecret secret)
    {
        byte[] packet = Cut(authenticator);
        Sign(packet, secret);
        return packet;
    }

    /// <summary>A packet whose authenticator is made of itself (RFC 2866 section 3, RFC 5176 section 2.3).</summary>
    internal byte[] FinishRequest(RadiusSecret secret)
    {
        byte[] packet = Cut(stackalloc byte[RadiusPacket.AuthenticatorBytes]);
        Sign(packet, secret);
        RadiusAuthenticators.Hash(packet, packet.AsSpan(4, RadiusPacket.AuthenticatorBytes), secret, packet.AsSpan(4));
        return packet;
    }

    /// <summary>An answer to a request.</summary>
    internal byte[] FinishAnswer(ReadOnlySpan<byte> requestAuthenticator, RadiusSecret secret)
    {
        byte[] packet = Cut(requestAuthenticator);
        Sign(packet, secret);
        RadiusAuthenticators.Hash(packet, requestAuthenticator, secret, packet.AsSpan(4));
        return packet;
    }

    private byte[] Cut(ReadOnlySpan<byte> authenticator)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(2), (ushort)_length);
        authenticator.CopyTo(_bytes.AsSpan(4));
        return _bytes[.._length];
    }

    private void Sign(byte[] packet, RadiusSecret secret)
    {
        if (_signatureOffset >= 0)
            RadiusAuthenticators.Sign(packet, packet.AsSpan(4, RadiusPacket.AuthenticatorBytes), _signatureOffset, secret, packet.AsSpan(_signatureOffset));
    }
}
