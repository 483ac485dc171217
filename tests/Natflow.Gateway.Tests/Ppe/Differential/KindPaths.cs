using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Packets.Build;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>Ready ways with each kind of link header, on either side: an address's last bits say which one leads to it.</summary>
internal sealed class KindPaths : IPathResolver
{
    /// <summary>Plain, one tag, 802.1AD over 802.1Q, PPPoE, PPPoE under a tag, two tags of 802.1Q.</summary>
    internal const int KindCount = 6;

    internal const int LanInterface = 101;
    internal const int WanInterface = 102;
    private const ulong OwnMac = 0x02_00_00_00_01_00;

    private readonly ushort[,] _ways = new ushort[2, KindCount];

    internal KindPaths(PathTable paths)
    {
        foreach (Side side in (Side[])[Side.Lan, Side.Wan])
        {
            for (int kind = 0; kind < KindCount; kind++)
                _ways[(int)side, kind] = Add(paths, side, kind);
        }
    }

    /// <inheritdoc />
    public bool RoutesInside => false;

    /// <inheritdoc />
    public ushort Outside(UInt128 address) => _ways[(int)Side.Wan, KindOf(address)];

    /// <inheritdoc />
    public ushort Inside(UInt128 address, ushort zone) => _ways[(int)Side.Lan, KindOf(address)];

    /// <inheritdoc />
    public bool IsLocal(UInt128 address) => false;

    /// <inheritdoc />
    public void Ask(ushort pathIndex) => Assert.Fail("every way is ready");

    internal static int KindOf(UInt128 address) => (int)((uint)(byte)address % KindCount);

    internal static ushort MtuOf(int kind) => kind switch
    {
        1 => 1400,
        3 or 4 => 1492,
        _ => 1500,
    };

    /// <summary>A frame's beginning: what the next hop of a side and kind sends, or is sent.</summary>
    internal static PacketBuilder Under(int kind, ulong destination, ulong source)
    {
        PacketBuilder frame = PacketBuilder.Ethernet(destination, source);
        return kind switch
        {
            0 => frame,
            1 => frame.Vlan(100),
            2 => frame.Vlan(7, 0x88A8).Vlan(100),
            3 => frame.Pppoe(0x1234),
            4 => frame.Vlan(100).Pppoe(0x1234),
            _ => frame.Vlan(8).Vlan(300),
        };
    }

    private static ushort Add(PathTable paths, Side side, int kind)
    {
        int interfaceIndex = side == Side.Lan ? LanInterface : WanInterface;
        ushort index = paths.FindOrAdd(side, interfaceIndex, (UInt128)kind + 1, out _);
        ref PathRecord path = ref paths[index];
        byte[] header = Header(kind, OwnMac + 0x10 + ((ulong)side * KindCount) + (ulong)kind);
        path.State = PathState.Ready;
        path.PortIndex = (byte)side;
        path.MtuBytes = MtuOf(kind);
        path.HeaderBytes = (byte)header.Length;
        path.IsPppoe = kind is 3 or 4;
        header.CopyTo(path.Header[^header.Length..]);
        return index;
    }

    // What stands before the packet, taken from a frame.
    private static byte[] Header(int kind, ulong destination)
    {
        byte[] frame = Under(kind, destination, OwnMac).Ipv4(1, 2).Udp(1, 2).ToArray();
        return frame[..^28];
    }
}
