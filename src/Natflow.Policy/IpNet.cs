using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Natflow.Policy;

/// <summary>A net of either family in CIDR notation. A single address is a net of full length.</summary>
public readonly record struct IpNet
{
    private IpNet(IpAddress network, int lengthBits)
    {
        Network = network;
        LengthBits = lengthBits;
    }

    /// <summary>First address; host bits are zero.</summary>
    public IpAddress Network { get; }

    /// <summary>Prefix length, 0 to 32 or 128.</summary>
    public int LengthBits { get; }

    /// <summary>Last address as a number of the family.</summary>
    public UInt128 LastValue => Network.Value | HostMask(Network.WidthBits, LengthBits);

    /// <summary>Makes a net; bits behind its length are cleared.</summary>
    /// <param name="address">Any address in it.</param>
    /// <param name="lengthBits">0 to the width of the family.</param>
    public static IpNet Of(IpAddress address, int lengthBits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBits, address.WidthBits);
        UInt128 network = address.Value & ~HostMask(address.WidthBits, lengthBits);
        return new IpNet(address.IsIpv6 ? IpAddress.FromIpv6(network) : IpAddress.FromIpv4((uint)network), lengthBits);
    }

    /// <summary>Whether an address lies in the net. An address of the other family never does.</summary>
    public bool Contains(in IpAddress address) =>
        address.IsIpv6 == Network.IsIpv6 && (address.Value & ~HostMask(Network.WidthBits, LengthBits)) == Network.Value;

    /// <summary>Reads an address or <c>address/length</c>; set host bits are refused.</summary>
    /// <param name="text">The text.</param>
    /// <param name="net">The net on success.</param>
    /// <param name="error">What is wrong and what was expected, on failure.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out IpNet net, [NotNullWhen(false)] out string? error)
    {
        net = default;
        int slash = text.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? text : text[..slash], out IpAddress address))
        {
            error = $"'{text}' is not an address or net such as 192.168.0.0/16 or 2001:db8::/32";
            return false;
        }

        int lengthBits = address.WidthBits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out lengthBits) || lengthBits > address.WidthBits))
        {
            error = $"'{text}': the prefix length must be 0 to {address.WidthBits}";
            return false;
        }

        net = Of(address, lengthBits);
        error = net.Network == address ? null : $"'{text}': host bits are set; the net is {net.Network}/{lengthBits}";
        return error is null;
    }

    /// <summary>The address alone where the length is full, else CIDR notation.</summary>
    public override string ToString() => LengthBits == Network.WidthBits ? Network.ToString() : $"{Network}/{LengthBits}";

    private static UInt128 HostMask(int widthBits, int lengthBits) =>
        lengthBits == 0 ? UInt128.MaxValue >> (128 - widthBits) : ((UInt128)1 << (widthBits - lengthBits)) - 1;
}
