using Natflow.Core;

namespace Natflow.Policy.Qos;

/// <summary>Limits the flows between users and remotes that it matches.</summary>
/// <param name="User">The user's address.</param>
/// <param name="UserPort">The user's port.</param>
/// <param name="Remote">The other end's address: after DNAT, before SNAT.</param>
/// <param name="RemotePort">The other end's port.</param>
/// <param name="Protocol">IP protocol; 0 for any.</param>
/// <param name="RxBytesPerSecond">Download; 0 is no limit.</param>
/// <param name="TxBytesPerSecond">Upload; 0 is no limit.</param>
public sealed record QosRule(QosAddress User, QosPort UserPort, QosAddress Remote, QosPort RemotePort, byte Protocol, uint RxBytesPerSecond, uint TxBytesPerSecond)
{
    /// <summary>The command that makes it.</summary>
    public override string ToString() =>
        $"add user={User},user_port={UserPort},remote={Remote},remote_port={RemotePort},proto={Protocol switch { IpProtocol.Tcp => "tcp", IpProtocol.Udp => "udp", _ => "" }},rxbytes={RxBytesPerSecond},txbytes={TxBytesPerSecond}";
}
