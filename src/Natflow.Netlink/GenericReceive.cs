using System.Text;

namespace Natflow.Netlink;

/// <summary>Whether an interface joins received segments (GRO), by the ethtool ioctl in the calling thread's network namespace.</summary>
internal static unsafe class GenericReceive
{
    private const nuint Ethtool = 0x8946; // SIOCETHTOOL
    private const uint GetGenericReceive = 0x2B; // ETHTOOL_GGRO
    private const int NameBytes = 16; // IFNAMSIZ
    private const int RequestBytes = 40; // struct ifreq

    /// <summary>True where it is on; false where it is off or cannot be asked.</summary>
    internal static bool IsOn(string interfaceName)
    {
        uint* value = stackalloc uint[2]; // struct ethtool_value: cmd, data.
        value[0] = GetGenericReceive;
        value[1] = 0;
        byte* request = stackalloc byte[RequestBytes];
        var bytes = new Span<byte>(request, RequestBytes);
        bytes.Clear();
        if (Encoding.UTF8.GetByteCount(interfaceName) >= NameBytes)
            return false;
        Encoding.UTF8.GetBytes(interfaceName, bytes);
        *(void**)(request + NameBytes) = value;
        int fd = NetlinkNative.Socket(NetlinkNative.FamilyInet, NetlinkNative.DatagramCloseOnExec, 0);
        if (fd < 0)
            return false;
        bool isDone = NetlinkNative.Control(fd, Ethtool, request) == 0;
        _ = NetlinkNative.Close(fd);
        return isDone && value[1] != 0;
    }
}
