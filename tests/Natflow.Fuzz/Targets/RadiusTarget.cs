using Natflow.Portal.Radius;

namespace Natflow.Fuzz.Targets;

/// <summary>
/// Packets of RADIUS servers. An odd first byte gives the packet behind it the authenticator of one that knows the secret, so that what stands behind the check is reached.
/// What was read and is written again is the same packet.
/// </summary>
internal sealed class RadiusTarget : FuzzTarget
{
    private static readonly RadiusSecret Secret = new("fuzz");
    private static readonly byte[] Question = new RadiusWriter(RadiusCode.AccessRequest, 7).FinishAccess(new byte[RadiusPacket.AuthenticatorBytes], Secret);

    public override string Name => "radius";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] grant = new RadiusWriter(RadiusCode.AccessAccept, 7).AddSignature().Add(RadiusType.SessionTimeout, 3600).Add(RadiusType.IdleTimeout, 60)
            .Add(RadiusType.PortLimit, 2).Add(RadiusType.Class, "class").Add(RadiusType.AcctInterimInterval, 300)
            .AddVendor(RadiusType.Wispr, RadiusType.WisprBandwidthMaxUp, 1_000_000).AddVendor(RadiusType.Wispr, RadiusType.WisprBandwidthMaxDown, 2_000_000)
            .AddVendor(RadiusType.MikroTik, RadiusType.MikroTikTotalLimitGigawords, 1).AddVendor(RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalOctets, 1 << 20)
            .FinishAnswer(new byte[RadiusPacket.AuthenticatorBytes], Secret);
        byte[] end = new RadiusWriter(RadiusCode.DisconnectRequest, 1).AddSignature().Add(RadiusType.UserName, "anna").Add(RadiusType.AcctSessionId, "1")
            .Add(RadiusType.FramedIpAddress, 0x0A000001).Add(RadiusType.CallingStationId, "00-11-22-33-44-55").Add(RadiusType.ProxyState, "p").FinishRequest(Secret);
        byte[] change = new RadiusWriter(RadiusCode.CoaRequest, 2).Add(RadiusType.FramedIpv6Address, new byte[16]).Add(RadiusType.EventTimestamp, 1).FinishRequest(Secret);
        return [[0, .. grant], [1, .. grant], [0, .. end], [1, .. end], [0, .. change], [0, .. change, 1, 2, 3], [2, .. grant[..20]]];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        if (!RadiusPacket.TryParse(input[1..], out RadiusPacket packet)) return 1;
        if (packet.Bytes.Length > input.Length - 1) throw new InvalidOperationException("longer than the datagram");
        if ((input[0] & 1) != 0) _ = RadiusPacket.TryParse(Signed(packet), out packet);
        CheckAgain(packet);
        bool isRequest = RadiusAuthenticators.IsRequest(packet, Secret);
        outcome.Add(isRequest);
        outcome.Add(RadiusAuthenticators.IsAnswer(packet, Question, Secret, mustBeSigned: (input[0] & 2) != 0));
        outcome.Add(DynamicTarget.TryRead(packet, out _, out uint error));
        outcome.Add((int)error);
        var grant = RadiusGrant.Of(packet);
        outcome.Add(grant.Seconds != 0);
        outcome.Add(grant.VolumeBytes != 0);
        outcome.Add(grant.UpBitsPerSecond != 0);
        outcome.Add(packet.Text(RadiusType.UserName) is not null);
        outcome.Add(packet.Text(RadiusType.NasIdentifier) is not null);
        return outcome.Value;
    }

    // An answer to the question by a server's codes, else a request of its own.
    private static byte[] Signed(RadiusPacket packet)
    {
        byte[] bytes = [.. packet.Bytes];
        bool isAnswer = packet.Code is RadiusCode.AccessAccept or RadiusCode.AccessReject or RadiusCode.AccessChallenge or RadiusCode.AccountingResponse;
        byte[] authenticator = isAnswer ? Question[4..RadiusPacket.HeaderBytes] : new byte[RadiusPacket.AuthenticatorBytes];
        if (isAnswer) bytes[1] = Question[1];
        int signature = packet.OffsetOf(RadiusType.MessageAuthenticator);
        if (signature >= 0 && packet.Find(RadiusType.MessageAuthenticator)!.Length == RadiusPacket.AuthenticatorBytes)
            RadiusAuthenticators.Sign(bytes, authenticator, signature, Secret, bytes.AsSpan(signature));
        RadiusAuthenticators.Hash(bytes, authenticator, Secret, bytes.AsSpan(4));
        return bytes;
    }

    private static void CheckAgain(RadiusPacket packet)
    {
        var writer = new RadiusWriter(packet.Code, packet.Identifier);
        var taken = new Dictionary<byte, int>();
        bool hasEmpty = false;
        foreach (byte type in packet.Types)
        {
            int index = taken.GetValueOrDefault(type);
            byte[] value = packet.All(type).ElementAt(index);
            hasEmpty |= value.Length == 0; // Nobody may write one (RFC 2865 section 5).
            writer.Add(type, value);
            taken[type] = index + 1;
        }

        byte[] again = writer.FinishAccess(packet.Authenticator, Secret);
        if (!hasEmpty && !again.AsSpan().SequenceEqual(packet.Bytes)) throw new InvalidOperationException($"became {Convert.ToHexString(again)}");
    }
}
