using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Natflow.Flows.Pcp;

/// <summary>A PCP request as read from the wire (RFC 6887 sections 7.1, 11.1, 12.1). Addresses in network byte order, ports in host byte order.</summary>
public readonly record struct PcpRequest
{
    /// <summary>Version of RFC 6887.</summary>
    public const byte Version = 2;

    /// <summary>Bytes of the common header.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Longest message (RFC 6887 section 7).</summary>
    public const int MessageBytesMax = 1100;

    internal const int MapBytes = 36;
    internal const int PeerBytes = 56;
    internal const byte ThirdPartyOption = 1;
    internal const byte PreferFailureOption = 2;
    internal const byte FilterOption = 3;

    private const byte MandatoryMax = 127;
    private const int OptionHeaderBytes = 4;
    private const int AddressBytes = 16;

    /// <summary>The operation.</summary>
    public PcpOpcode Opcode { get; private init; }

    /// <summary>Wanted lifetime in seconds; 0 deletes.</summary>
    public uint LifetimeSeconds { get; private init; }

    /// <summary>The source as the client believes; 0 unless it is IPv4.</summary>
    public uint ClientAddrBe { get; private init; }

    /// <summary>Proof of ownership.</summary>
    public PcpNonce Nonce { get; private init; }

    /// <summary>IP protocol; 0 for all.</summary>
    public byte Protocol { get; private init; }

    /// <summary>Port of the inside endpoint; 0 for all.</summary>
    public ushort InternalPort { get; private init; }

    /// <summary>Wanted external port; 0 for any.</summary>
    public ushort SuggestedPort { get; private init; }

    /// <summary>Wanted external address; 0 for any.</summary>
    public uint SuggestedAddrBe { get; private init; }

    /// <summary>Peer's port; PEER only.</summary>
    public ushort RemotePort { get; private init; }

    /// <summary>Peer's address; 0 unless it is IPv4. PEER only.</summary>
    public uint RemoteAddrBe { get; private init; }

    /// <summary>Whose mapping it is, by the option THIRD_PARTY; 0 for the sender's own.</summary>
    public uint ThirdPartyAddrBe { get; private init; }

    /// <summary>Whether the option THIRD_PARTY was there.</summary>
    public bool HasThirdParty { get; private init; }

    /// <summary>No other external endpoint than the suggested one is wanted.</summary>
    public bool PreferFailure { get; private init; }

    /// <summary>Bytes of the message up to the end of its opcode's part.</summary>
    internal int OpcodeEnd { get; private init; }

    /// <summary>Reads a request. Total over any bytes.</summary>
    /// <param name="message">UDP payload, at least 2 bytes, version 2, not a response.</param>
    /// <param name="request">The request on success; else what could be read.</param>
    public static PcpResult TryParse(ReadOnlySpan<byte> message, out PcpRequest request)
    {
        request = default;
        if (message.Length is < HeaderBytes or > MessageBytesMax || message.Length % 4 != 0)
            return PcpResult.MalformedRequest;

        request = new PcpRequest
        {
            Opcode = (PcpOpcode)(message[1] & 0x7F),
            LifetimeSeconds = BinaryPrimitives.ReadUInt32BigEndian(message[4..]),
            ClientAddrBe = ReadAddress(message[8..]),
            OpcodeEnd = HeaderBytes,
        };
        return request.Opcode switch
        {
            PcpOpcode.Announce => ReadOptions(message, ref request),
            PcpOpcode.Map => ReadMap(message, MapBytes, ref request),
            PcpOpcode.Peer => ReadMap(message, PeerBytes, ref request),
            _ => PcpResult.UnsupportedOpcode,
        };
    }

    /// <summary>Reads 16 bytes as an IPv4-mapped address; 0 for any other.</summary>
    internal static uint ReadAddress(ReadOnlySpan<byte> bytes) => IsMapped(bytes) ? MemoryMarshal.Read<uint>(bytes[12..]) : 0;

    /// <summary>Writes an IPv4 address in its 16 bytes.</summary>
    internal static void WriteAddress(Span<byte> bytes, uint addressBe)
    {
        bytes[..10].Clear();
        bytes[10] = 0xFF;
        bytes[11] = 0xFF;
        MemoryMarshal.Write(bytes[12..], addressBe);
    }

    private static bool IsMapped(ReadOnlySpan<byte> bytes) => bytes[..10].IndexOfAnyExcept((byte)0) < 0 && bytes[10] == 0xFF && bytes[11] == 0xFF;

    private static PcpResult ReadMap(ReadOnlySpan<byte> message, int opcodeBytes, ref PcpRequest request)
    {
        if (message.Length < HeaderBytes + opcodeBytes)
            return PcpResult.MalformedRequest;

        ReadOnlySpan<byte> part = message[HeaderBytes..];
        bool isPeer = opcodeBytes == PeerBytes;
        request = request with
        {
            Nonce = PcpNonce.Read(part),
            Protocol = part[12],
            InternalPort = BinaryPrimitives.ReadUInt16BigEndian(part[16..]),
            SuggestedPort = BinaryPrimitives.ReadUInt16BigEndian(part[18..]),
            SuggestedAddrBe = ReadAddress(part[20..]),
            RemotePort = isPeer ? BinaryPrimitives.ReadUInt16BigEndian(part[36..]) : (ushort)0,
            RemoteAddrBe = isPeer ? ReadAddress(part[40..]) : 0,
            OpcodeEnd = HeaderBytes + opcodeBytes,
        };
        bool isContradiction = isPeer
            ? request.Protocol == 0 || request.InternalPort == 0 || request.RemotePort == 0
            : request.Protocol == 0 && request.InternalPort != 0;
        return isContradiction ? PcpResult.MalformedRequest : ReadOptions(message, ref request);
    }

    // RFC 6887 section 7.3: an unknown option of the mandatory half is refused, of the other half skipped. Each step takes 4 bytes at least.
    private static PcpResult ReadOptions(ReadOnlySpan<byte> message, ref PcpRequest request)
    {
        int position = request.OpcodeEnd;
        while (position < message.Length)
        {
            byte code = message[position];
            int lengthBytes = BinaryPrimitives.ReadUInt16BigEndian(message[(position + 2)..]);
            int value = position + OptionHeaderBytes;
            position = value + ((lengthBytes + 3) & ~3);
            if (position > message.Length)
                return PcpResult.MalformedOption;

            switch (code)
            {
                case ThirdPartyOption:
                    if (lengthBytes != AddressBytes || request.HasThirdParty || request.Opcode == PcpOpcode.Announce)
                        return PcpResult.MalformedOption;
                    request = request with { HasThirdParty = true, ThirdPartyAddrBe = ReadAddress(message[value..]) };
                    break;
                case PreferFailureOption:
                    if (lengthBytes != 0 || request.PreferFailure || request.Opcode != PcpOpcode.Map)
                        return PcpResult.MalformedOption;
                    request = request with { PreferFailure = true };
                    break;
                default:
                    if (code <= MandatoryMax)
                        return PcpResult.UnsupportedOption;
                    break;
            }
        }

        return PcpResult.Success;
    }
}
