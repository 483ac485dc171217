namespace Natflow.Flows.Users;

/// <summary>What a subscriber sent and got since the last report, a PPE's part included. L3 bytes.</summary>
/// <param name="UserIndex">Its entry in the shard.</param>
/// <param name="Address">Its address; IPv4 mapped, host byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="FlowCount">Flows it has.</param>
/// <param name="PortCount">Ports of the blocks that are leased to it.</param>
/// <param name="PacketsOut">Packets from it.</param>
/// <param name="BytesOut">Bytes from it.</param>
/// <param name="PacketsIn">Packets to it.</param>
/// <param name="BytesIn">Bytes to it.</param>
public readonly record struct UserDelta(
    uint UserIndex, UInt128 Address, ushort Zone, uint FlowCount, uint PortCount, ulong PacketsOut, ulong BytesOut, ulong PacketsIn, ulong BytesIn);
