namespace Natflow.Packets.Family;

/// <summary>Both addresses of an IPv4 packet.</summary>
/// <param name="SrcAddrBe">Network order.</param>
/// <param name="DstAddrBe">Network order.</param>
public readonly record struct Ipv4Pair(uint SrcAddrBe, uint DstAddrBe);
