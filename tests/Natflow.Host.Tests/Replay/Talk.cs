using Natflow.Core;

namespace Natflow.Host.Tests.Replay;

/// <summary>A conversation of a synthetic capture. Host byte order; for pings the inside port is the identifier and the remote port 0.</summary>
internal sealed record Talk(byte Protocol, uint Inside, ushort InsidePort, uint Remote, ushort RemotePort)
{
    internal (byte Protocol, uint Address, ushort Port) InsideEnd => (Protocol, Inside, InsidePort);

    internal bool IsPing => Protocol == IpProtocol.Icmp;
}
