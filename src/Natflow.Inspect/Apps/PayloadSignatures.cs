namespace Natflow.Inspect.Apps;

/// <summary>All signatures of one packet in their order: applications before protocols, what has its own port before what has none.</summary>
internal static class PayloadSignatures
{
    internal static Evidence MatchTcp(in AppPacket packet, ref AppFlow flow)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        Evidence dns = DnsSignature.Match(in packet);
        if (dns.IsStrong) return dns;
        Evidence found = CarrierSignatures.MatchTcp(payload);
        if (found.IsNone) found = AppSignatures.MatchTcp(payload);
        if (found.IsNone) found = dns;
        if (!found.IsNone || ClaimedMachines.TryClaim(in packet, ref flow.Word)) return found;

        found = InfrastructureSignatures.MatchTcp(in packet);
        if (found.IsNone) found = StunSignature.Match(in packet);
        if (found.IsNone) found = FileSignatures.MatchNfs(in packet);
        if (found.IsNone) found = TunnelSignatures.MatchSsh(payload);
        if (found.IsNone) found = BitTorrentSignatures.MatchTcp(payload);
        if (found.IsNone) found = TextSignatures.Match(in packet, ref flow.Hints);
        if (found.IsNone) found = MatchDatabases(in packet, ref flow);
        if (found.IsNone) found = FileSignatures.MatchSmb(payload);
        if (found.IsNone && packet.MayBeClient) found = MqttSignature.Match(payload);
        if (!found.IsNone || packet.IsOriginSure) return found;
        found = MqttSignature.MatchLater(payload);
        return found.IsNone ? WebSocketSignature.Match(payload) : found;
    }

    internal static Evidence MatchUdp(in AppPacket packet, ref AppFlow flow)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        Evidence dns = DnsSignature.Match(in packet);
        if (dns.IsStrong) return dns;
        Evidence found = CarrierSignatures.MatchUdp(payload);
        if (found.IsNone) found = AppSignatures.MatchUdp(in packet);
        if (found.IsNone) found = InfrastructureSignatures.MatchUdp(in packet);
        if (found.IsNone) found = TftpSignature.Match(in packet);
        if (found.IsNone) found = StunSignature.Match(in packet);
        if (found.IsNone) found = FileSignatures.MatchNfs(in packet);
        if (found.IsNone) found = FileSignatures.MatchNetBiosDatagram(in packet);
        if (found.IsNone) found = TunnelSignatures.MatchRdpUdp(in packet);
        if (found.IsNone) found = TextSignatures.Match(in packet, ref flow.Hints);
        if (found.IsNone) found = TextSignatures.MatchSipKeepAlive(in packet);
        return found.IsNone ? MatchUdpWeakly(in packet, in dns) : found;
    }

    // What few bits decide comes last, so that it never hides what many bits say.
    private static Evidence MatchUdpWeakly(in AppPacket packet, in Evidence dns)
    {
        Evidence found = TunnelSignatures.MatchWireGuard(packet.Payload);
        if (!found.IsStrong) found = dns.IsNone ? found : dns;
        if (found.IsNone) found = BitTorrentSignatures.MatchUdp(packet.Payload);
        if (found.IsNone) found = TftpSignature.MatchTransfer(in packet);
        return found.IsNone ? CarrierSignatures.MatchQuicShort(in packet) : found;
    }

    private static Evidence MatchDatabases(in AppPacket packet, ref AppFlow flow)
    {
        Evidence found = default;
        if (packet.MayBeClient) found = DatabaseSignatures.MatchResp(packet.Payload);
        if (found.IsNone && packet.MayBeClient) found = DatabaseSignatures.MatchPostgreSql(packet.Payload, ref flow.Hints);
        if (found.IsNone && packet.MayBeServer) found = DatabaseSignatures.MatchPostgreSqlAnswer(packet.Payload, flow.Hints);
        return found.IsNone && packet.MayBeServer ? DatabaseSignatures.MatchMySql(packet.Payload) : found;
    }
}
