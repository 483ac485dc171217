using System.Runtime.InteropServices;
using System.Text;

namespace Natflow.Ports.AfXdp;

/// <summary>What the <c>af_xdp</c> port asks and sets of an interface's driver, by the ethtool ioctl in the calling thread's network namespace.</summary>
internal static unsafe class LinkDriver
{
    private const nuint Ethtool = 0x8946;
    private const uint GetDriver = 0x03;
    private const uint GetFlags = 0x25;
    private const uint SetFlags = 0x26;
    private const uint GetChannels = 0x3C;
    private const uint FlagReceiveVlan = 1 << 8;
    private const int NameBytes = 16;
    private const int RequestBytes = 40;

    // struct ethtool_drvinfo: cmd, driver[32], ...
    private const int DriverRecordBytes = 196;
    private const int DriverNameBytes = 32;

    /// <summary>Name of the driver, empty where the interface tells none.</summary>
    internal static string NameOf(string interfaceName)
    {
        byte* record = stackalloc byte[DriverRecordBytes];
        new Span<byte>(record, DriverRecordBytes).Clear();
        if (Call(interfaceName, GetDriver, record) != 0)
            return "";
        var name = new ReadOnlySpan<byte>(record + sizeof(uint), DriverNameBytes);
        return Encoding.UTF8.GetString(name[..Math.Max(name.IndexOf((byte)0), 0)]);
    }

    /// <summary>Number of receive queues in use; 1 where the driver does not tell.</summary>
    internal static int ReceiveQueueCount(string interfaceName)
    {
        var channels = default(Channels);
        if (Call(interfaceName, GetChannels, &channels) != 0)
            return 1;
        return (int)Math.Max(channels.Receive + channels.Combined, 1);
    }

    /// <summary>
    /// Switches the receive VLAN offload: with it on, a driver keeps the tag of a frame beside it, where no XDP program and no AF_XDP
    /// socket sees it.
    /// </summary>
    /// <returns>Whether it was on before; null where the driver does not let it be changed.</returns>
    internal static bool? TrySetReceiveVlan(string interfaceName, bool isOn)
    {
        var flags = new Value { Command = GetFlags };
        if (Call(interfaceName, GetFlags, &flags) != 0)
            return null;
        bool wasOn = (flags.Content & FlagReceiveVlan) != 0;
        if (wasOn == isOn)
            return wasOn;
        flags.Content = isOn ? flags.Content | FlagReceiveVlan : flags.Content & ~FlagReceiveVlan;
        return Call(interfaceName, SetFlags, &flags) == 0 ? wasOn : null;
    }

    private static int Call(string interfaceName, uint command, void* record)
    {
        *(uint*)record = command;
        byte* request = stackalloc byte[RequestBytes];
        LinkControl.WriteName(request, interfaceName);
        *(void**)(request + NameBytes) = record;
        using FileDescriptor socket = FileDescriptor.Take(
            SocketNative.Socket(SocketNative.FamilyInet, SocketNative.TypeDatagram | SocketNative.TypeCloseOnExec, 0), "socket", interfaceName);
        return SocketNative.Control(socket.Number, Ethtool, request) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary><c>struct ethtool_value</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Value
    {
        internal uint Command;
        internal uint Content;
    }

    /// <summary><c>struct ethtool_channels</c>: the maxima, then what is in use.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Channels
    {
        internal uint Command;
        internal uint ReceiveMax;
        internal uint TransmitMax;
        internal uint OtherMax;
        internal uint CombinedMax;
        internal uint Receive;
        internal uint Transmit;
        internal uint Other;
        internal uint Combined;
    }
}
