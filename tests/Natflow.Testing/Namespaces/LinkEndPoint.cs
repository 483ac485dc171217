using System.Net;
using System.Net.Sockets;

namespace Natflow.Testing.Namespaces;

/// <summary>All ethertypes on one interface (<c>struct sockaddr_ll</c>).</summary>
internal sealed class LinkEndPoint(int interfaceIndex) : EndPoint
{
    private const int AddressBytes = 20;

    public override AddressFamily AddressFamily => AddressFamily.Packet;

    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Packet, AddressBytes);
        address[3] = 3; // ETH_P_ALL, network order.
        for (int i = 0; i < sizeof(int); i++)
            address[4 + i] = (byte)(interfaceIndex >> (8 * i));
        return address;
    }
}
