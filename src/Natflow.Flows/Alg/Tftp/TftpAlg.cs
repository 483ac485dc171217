using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Flows.Alg.Tftp;

/// <summary>TFTP (RFC 1350 section 4): the server answers a request from a port of its own choice, so that port is expected. Nothing is rewritten.</summary>
internal sealed class TftpAlg(AlgState alg)
{
    private const ushort ReadRequest = 1;
    private const ushort WriteRequest = 2;

    /// <summary>Looks at a packet to the server's well-known port; a request sent again is expected again.</summary>
    /// <param name="payload">Any bytes.</param>
    /// <param name="slot">The flow, from inside.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal void OnRequest(ReadOnlySpan<byte> payload, uint slot, long nowMs)
    {
        if (payload.Length < 4 || BinaryPrimitives.ReadUInt16BigEndian(payload) is not (ReadRequest or WriteRequest))
            return;
        ref FlowRecord flow = ref alg.FlowOf(slot);
        var wanted = new Announcement(
            InsidePortBe: flow.InsidePortBe, Protocol: IpProtocol.Udp, RemoteAddrBe: flow.RemoteAddrBe, RemotePortBe: 0, IsOnce: true,
            UntilMs: nowMs + alg.ExpectationLifetimeMs);
        alg.TryExpect(slot, in wanted, nowMs, out _, out _);
    }
}
