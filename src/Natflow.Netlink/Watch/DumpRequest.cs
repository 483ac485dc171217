using Natflow.Netlink.Messages;

namespace Natflow.Netlink.Watch;

/// <summary>The dump requests of each table. Strict checking wants every field zero that is not a filter.</summary>
internal static class DumpRequest
{
    internal const int BytesMax = 64;

    internal static Span<byte> Write(Span<byte> buffer, ModelParts part)
    {
        (ushort type, byte family, int fixedBytes) = part switch
        {
            ModelParts.Links => (MessageType.GetLink, AddressFamilyNumber.Any, LinkParser.FixedBytes),
            ModelParts.Addresses => (MessageType.GetAddress, AddressFamilyNumber.Any, AddressParser.FixedBytes),
            ModelParts.Ipv4Routes => (MessageType.GetRoute, AddressFamilyNumber.Ipv4, RouteParser.FixedBytes),
            ModelParts.Ipv6Routes => (MessageType.GetRoute, AddressFamilyNumber.Ipv6, RouteParser.FixedBytes),
            ModelParts.Neighbours => (MessageType.GetNeighbour, AddressFamilyNumber.Any, NeighbourParser.FixedBytes),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "one table"),
        };
        Span<byte> fixedPart = stackalloc byte[fixedBytes];
        fixedPart.Clear();
        fixedPart[0] = family;
        return new RequestWriter(buffer, type, MessageFlags.Dump, fixedPart).Finish();
    }
}
