using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Pcp;

/// <summary>NAT-PMP (RFC 6886), the older protocol on the same port: public address, and mappings of UDP and TCP. Its leases are the same.</summary>
internal sealed class NatPmp(PcpLeases leases)
{
    /// <summary>Version byte.</summary>
    internal const byte Version = 0;

    private const byte AddressRequest = 0;
    private const byte MapUdp = 1;
    private const byte MapTcp = 2;
    private const byte ResponseBit = 0x80;
    private const int RequestBytes = 12;
    private const int HeaderBytes = 8;

    private enum Result : ushort
    {
        Success = 0,
        NotAuthorized = 2,
        NetworkFailure = 3,
        OutOfResources = 4,
        UnsupportedOpcode = 5,
    }

    /// <summary>Whether an address (host byte order) is private, shared or link-local: not reachable from the internet.</summary>
    internal static bool IsNotPublic(uint address) =>
        address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 is 0xC0A8 or 0xA9FE || address >> 22 == 0x191;

    /// <summary>Answers a request of at least 2 bytes.</summary>
    /// <returns>Bytes of the response; 0 where none is sent.</returns>
    internal int Handle(
        ReadOnlySpan<byte> request, uint sourceAddrBe, ushort zone, long nowMs, uint epochSeconds, bool mayMap, Span<byte> response)
    {
        byte opcode = request[1];
        bool isMap = opcode is MapUdp or MapTcp;
        if (isMap && request.Length < RequestBytes)
            return 0;

        response[..16].Clear();
        response[1] = (byte)(opcode | ResponseBit);
        BinaryPrimitives.WriteUInt32BigEndian(response[4..], epochSeconds);
        Result result = Result.UnsupportedOpcode;
        int length = HeaderBytes;
        if (opcode == AddressRequest)
        {
            length = 12;
            result = TellAddress(sourceAddrBe, zone, nowMs, response[8..]);
        }
        else if (isMap)
        {
            length = 16;
            result = Map(request, opcode == MapUdp ? IpProtocol.Udp : IpProtocol.Tcp, sourceAddrBe, zone, nowMs, mayMap, response);
        }

        BinaryPrimitives.WriteUInt16BigEndian(response[2..], (ushort)result);
        return length;
    }

    private Result TellAddress(uint sourceAddrBe, ushort zone, long nowMs, Span<byte> address)
    {
        PcpResult found = leases.TryFindUser(sourceAddrBe, zone, nowMs, out uint userIndex);
        if (found != PcpResult.Success)
            return ToResult(found);
        uint addressBe = leases.AddressOf(userIndex);
        MemoryMarshal.Write(address, addressBe);
        return addressBe == 0 ? Result.NetworkFailure : Result.Success;
    }

    private Result Map(ReadOnlySpan<byte> request, byte protocol, uint sourceAddrBe, ushort zone, long nowMs, bool mayMap, Span<byte> response)
    {
        request.Slice(4, 2).CopyTo(response[8..]);
        var wish = new PcpWish
        {
            Opcode = PcpOpcode.Map,
            Protocol = protocol,
            InsidePortBe = MemoryMarshal.Read<ushort>(request[4..]),
            SuggestedPortBe = MemoryMarshal.Read<ushort>(request[6..]),
            LifetimeSeconds = BinaryPrimitives.ReadUInt32BigEndian(request[8..]),
        };
        bool isDelete = wish.LifetimeSeconds == 0;
        if (!isDelete && !mayMap)
            return Result.NetworkFailure;
        if (!isDelete && wish.InsidePortBe == 0)
            return Result.NotAuthorized;

        PcpResult result = leases.TryFindUser(sourceAddrBe, zone, nowMs, out uint userIndex);
        if (result == PcpResult.Success && isDelete)
            return ToResult(leases.Delete(userIndex, in wish, nowMs));
        PcpGrant granted = default;
        if (result == PcpResult.Success)
            result = leases.Grant(userIndex, in wish, nowMs, out granted);
        if (result != PcpResult.Success)
            return ToResult(result);
        MemoryMarshal.Write(response[10..], granted.ExternalPortBe);
        BinaryPrimitives.WriteUInt32BigEndian(response[12..], granted.LifetimeSeconds);
        return Result.Success;
    }

    private static Result ToResult(PcpResult result) => result switch
    {
        PcpResult.Success => Result.Success,
        PcpResult.NotAuthorized => Result.NotAuthorized,
        PcpResult.NetworkFailure => Result.NetworkFailure,
        _ => Result.OutOfResources,
    };
}
