namespace Natflow.Inspect.Apps;

/// <summary>
/// What takes several packets: once claimed, a flow is seen by its machine alone. The word is the original's: bit 15 claimed, bits 14 to 8 the machine, bits 7 to 0
/// its state.
/// </summary>
/// <remarks>
/// <code>
/// RDP       request (E0) and confirm (D0), in any order            -> rdp
/// SOCKS     request or greeting -> the right answer                -> socks
/// WhatsApp  2 to 7 bytes of the prefix -> the rest, same direction -> whatsapp
/// </code>
/// </remarks>
internal static class ClaimedMachines
{
    private const ushort Claimed = 0x8000;
    private const int Rdp = 1;
    private const int Socks = 2;
    private const int WhatsApp = 3;
    private const byte RdpRequestSeen = 1;
    private const byte RdpConfirmSeen = 2;
    private const byte RdpBoth = RdpRequestSeen | RdpConfirmSeen;
    private const byte WhatsAppReply = 0x80;
    private const byte RequestCode = 0xE0;
    private const byte ConfirmCode = 0xD0;
    private const int WhatsAppBytes = 8;
    private const int WhatsAppClaimMin = 2;

    internal static bool IsClaimed(ushort word) => (word & Claimed) != 0;

    /// <summary>Lets a machine claim the flow.</summary>
    internal static bool TryClaim(in AppPacket packet, ref ushort word)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (payload.Length < WhatsAppClaimMin)
            return false;
        if (packet.MayBeClient && TunnelSignatures.IsX224(payload, RequestCode))
            return Claim(Rdp, RdpRequestSeen, ref word);
        if (packet.MayBeServer && TunnelSignatures.IsX224(payload, ConfirmCode))
            return Claim(Rdp, RdpConfirmSeen, ref word);

        byte version = packet.MayBeClient ? TunnelSignatures.SocksRequest(payload) : (byte)0;
        if (version != 0)
            return Claim(Socks, version, ref word);
        int matched = AppSignatures.WhatsAppMatched(payload, 0);
        bool isPart = matched >= WhatsAppClaimMin && matched < WhatsAppBytes && matched == payload.Length;
        return isPart && Claim(WhatsApp, (byte)(matched | (packet.IsReply ? WhatsAppReply : 0)), ref word);
    }

    /// <summary>Gives a packet to the machine.</summary>
    /// <param name="packet">With payload.</param>
    /// <param name="word">Of a claimed flow.</param>
    /// <param name="isExcluded">The machine's protocol cannot be: nothing else is tried.</param>
    internal static Evidence Advance(in AppPacket packet, ref ushort word, out bool isExcluded)
    {
        isExcluded = false;
        return ((word >> 8) & 0x7F) switch
        {
            Rdp => AdvanceRdp(in packet, ref word),
            Socks => AdvanceSocks(in packet, word, out isExcluded),
            _ => AdvanceWhatsApp(in packet, ref word, out isExcluded),
        };
    }

    private static bool Claim(int machine, byte state, ref ushort word)
    {
        word = (ushort)(Claimed | (machine << 8) | state);
        return true;
    }

    private static Evidence AdvanceRdp(in AppPacket packet, ref ushort word)
    {
        if (packet.MayBeClient && TunnelSignatures.IsX224(packet.Payload, RequestCode))
            word |= RdpRequestSeen;
        else if (packet.MayBeServer && TunnelSignatures.IsX224(packet.Payload, ConfirmCode))
            word |= RdpConfirmSeen;
        return (word & RdpBoth) == RdpBoth ? Evidence.Of(FlowProtocol.Rdp, AppSource.Rdp) : default;
    }

    private static Evidence AdvanceSocks(in AppPacket packet, ushort word, out bool isExcluded)
    {
        bool isReply = packet.MayBeServer && TunnelSignatures.IsSocksReply(packet.Payload, (byte)word);
        isExcluded = packet.IsReply && !isReply;
        return isReply ? Evidence.Of(FlowProtocol.Socks, AppSource.Socks) : default;
    }

    private static Evidence AdvanceWhatsApp(in AppPacket packet, ref ushort word, out bool isExcluded)
    {
        isExcluded = false;
        if (packet.IsReply != ((word & WhatsAppReply) != 0))
            return default;
        int matched = AppSignatures.WhatsAppMatched(packet.Payload, word & 0x7F);
        isExcluded = matched < 0;
        if (isExcluded)
            return default;
        word = (ushort)((word & 0xFF80) | matched);
        return matched == WhatsAppBytes ? Evidence.Of(FlowApp.WhatsApp, AppSource.WhatsApp) : default;
    }
}
