using System.Buffers.Binary;
using System.Text;

namespace Natflow.Portal.Radius;

/// <summary>A RADIUS packet as it came: any bytes give one or none.</summary>
internal sealed class RadiusPacket
{
    /// <summary>Code, identifier, length, authenticator (RFC 2865 section 3).</summary>
    internal const int HeaderBytes = 20;

    /// <summary>Longest packet.</summary>
    internal const int BytesMax = 4096;

    /// <summary>Bytes of an authenticator.</summary>
    internal const int AuthenticatorBytes = 16;

    private readonly List<(byte Type, Range Value)> _attributes;

    private RadiusPacket(byte[] bytes, List<(byte Type, Range Value)> attributes)
    {
        Bytes = bytes;
        _attributes = attributes;
    }

    /// <summary>The whole packet, padding apart.</summary>
    internal byte[] Bytes { get; }

    /// <summary>What it is.</summary>
    internal RadiusCode Code => (RadiusCode)Bytes[0];

    /// <summary>Matches answers with requests.</summary>
    internal byte Identifier => Bytes[1];

    /// <summary>The authenticator.</summary>
    internal ReadOnlySpan<byte> Authenticator => Bytes.AsSpan(4, AuthenticatorBytes);

    /// <summary>Types of its attributes, in order.</summary>
    internal IEnumerable<byte> Types => _attributes.Select(static attribute => attribute.Type);

    /// <summary>Reads a datagram. What is after the packet's own length is padding (RFC 2865 section 3).</summary>
    internal static bool TryParse(ReadOnlySpan<byte> datagram, out RadiusPacket packet)
    {
        packet = null!;
        if (datagram.Length < HeaderBytes)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (length is < HeaderBytes or > BytesMax || length > datagram.Length)
            return false;
        var attributes = new List<(byte, Range)>();
        for (int position = HeaderBytes; position < length;)
        {
            if (length - position < 2 || datagram[position + 1] < 2 || datagram[position + 1] > length - position)
                return false;
            attributes.Add((datagram[position], (position + 2)..(position + datagram[position + 1])));
            position += datagram[position + 1];
        }

        packet = new RadiusPacket(datagram[..length].ToArray(), attributes);
        return true;
    }

    /// <summary>Values of all attributes of a type.</summary>
    internal IEnumerable<byte[]> All(byte type) => _attributes.Where(attribute => attribute.Type == type).Select(attribute => Bytes[attribute.Value]);

    /// <summary>The value of the first attribute of a type; null where there is none.</summary>
    internal byte[]? Find(byte type) => All(type).FirstOrDefault();

    /// <summary>Offset of an attribute's value in the packet; negative where there is none.</summary>
    internal int OffsetOf(byte type)
    {
        int index = _attributes.FindIndex(attribute => attribute.Type == type);
        return index < 0 ? -1 : _attributes[index].Value.Start.Value;
    }

    /// <summary>A number of 32 bits; null where there is none, or it has another size.</summary>
    internal uint? Number(byte type) => Find(type) is { Length: sizeof(uint) } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : null;

    /// <summary>A text; null where there is none, or it is no UTF-8.</summary>
    internal string? Text(byte type)
    {
        if (Find(type) is not { } value)
            return null;
        string text = Encoding.UTF8.GetString(value);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? null : text;
    }

    /// <summary>A number of a vendor (RFC 2865 section 5.26); null where there is none.</summary>
    internal uint? VendorNumber(uint vendor, byte type)
    {
        foreach (byte[] value in All(RadiusType.VendorSpecific))
        {
            if (value.Length < 6 || BinaryPrimitives.ReadUInt32BigEndian(value) != vendor)
                continue;
            for (int position = 4; value.Length - position >= 2 && value[position + 1] is >= 2 and var length && length <= value.Length - position; position += length)
            {
                if (value[position] == type && length == 2 + sizeof(uint))
                    return BinaryPrimitives.ReadUInt32BigEndian(value.AsSpan(position + 2));
            }
        }

        return null;
    }

    /// <summary>Whether an attribute that is a number of 32 bits has another size.</summary>
    internal bool HasOtherLength(byte type) => All(type).Any(static value => value.Length != sizeof(uint));

    /// <summary>Whether a vendor's attributes do not fill their room, or one of two that are numbers of 32 bits has another size.</summary>
    internal bool HasOtherLength(uint vendor, byte type, byte otherType)
    {
        foreach (byte[] value in All(RadiusType.VendorSpecific))
        {
            if (value.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(value) != vendor)
                continue;
            int position = sizeof(uint);
            for (; value.Length - position >= 2 && value[position + 1] is >= 2 and var length && length <= value.Length - position; position += length)
            {
                if ((value[position] == type || value[position] == otherType) && length != 2 + sizeof(uint))
                    return true;
            }

            if (position != value.Length)
                return true;
        }

        return false;
    }
}
