namespace Natflow.Ports.AfPacket;

/// <summary>How the kernel divides an interface's frames among the queues of a port (packet(7), <c>PACKET_FANOUT</c>).</summary>
public enum FanoutMode
{
    /// <summary>By the symmetric hash of addresses and ports: both directions of a flow meet the same queue. Fragments are hashed by addresses alone.</summary>
    Hash = 0,

    /// <summary>By the CPU on which the frame came in: keeps what the NIC's own distribution (RSS) decided.</summary>
    Cpu = 2,

    /// <summary>By the NIC's receive queue number.</summary>
    ReceiveQueue = 5,
}
