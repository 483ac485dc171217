using System.Text;
using Natflow.Portal.Logins;
using Natflow.Portal.Radius;
using Natflow.Testing;

namespace Natflow.Portal.Tests.Radius;

/// <summary>Packets by the RFCs' own examples, by round trips, and by any bytes.</summary>
public sealed class RadiusPacketTests
{
    private static readonly RadiusSecret Secret = new("xyzzy5461");

    [Fact]
    public void AccessRequest_OfRfc2865_7_1_HidesThePasswordAlike()
    {
        byte[] authenticator = Convert.FromHexString("0f403f9473978057bd83d5cb98f4227a");
        Assert.Equal("0dbe708d93d413ce3196e43f782a0aee", Convert.ToHexStringLower(RadiusAuthenticators.Hide("arctangent"u8, authenticator, Secret)));
    }

    [Fact]
    public void AccessAccept_OfRfc2865_7_1_IsTheAnswer()
    {
        byte[] request = Convert.FromHexString("010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003");
        byte[] answer = Convert.FromHexString("0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103");
        Assert.True(RadiusPacket.TryParse(answer, out RadiusPacket packet));
        Assert.True(RadiusAuthenticators.IsAnswer(packet, request, Secret, mustBeSigned: false));
        Assert.False(RadiusAuthenticators.IsAnswer(packet, request, Secret, mustBeSigned: true));
        Assert.False(RadiusAuthenticators.IsAnswer(packet, request, new RadiusSecret("another"), mustBeSigned: false));
        for (int i = 0; i < answer.Length; i++)
        {
            byte[] changed = [.. answer];
            changed[i] ^= 1;
            Assert.False(RadiusPacket.TryParse(changed, out RadiusPacket forged) && RadiusAuthenticators.IsAnswer(forged, request, Secret, mustBeSigned: false), $"byte {i}");
        }
    }

    [Fact]
    public void Prove_OfRfc2865_5_3_IsMd5OfTheThree() => Assert.Equal(
        "05" + Convert.ToHexStringLower(System.Security.Cryptography.CryptographicOperations.HashData(System.Security.Cryptography.HashAlgorithmName.MD5, "\u0005passchallenge"u8)),
        Convert.ToHexStringLower(RadiusAuthenticators.Prove(5, "pass"u8, "challenge"u8)));

    [Fact]
    public void Answer_WithSignature_IsCheckedByIt()
    {
        byte[] request = new RadiusWriter(RadiusCode.AccessRequest, 7).AddSignature().Add(RadiusType.UserName, "a").FinishAccess(new byte[16], Secret);
        byte[] answer = new RadiusWriter(RadiusCode.AccessAccept, 7).AddSignature().Add(RadiusType.SessionTimeout, 60).FinishAnswer(request.AsSpan(4, 16), Secret);
        Assert.True(RadiusPacket.TryParse(answer, out RadiusPacket packet));
        Assert.True(RadiusAuthenticators.IsAnswer(packet, request, Secret, mustBeSigned: true));
        byte[] other = new RadiusWriter(RadiusCode.AccessAccept, 8).AddSignature().FinishAnswer(request.AsSpan(4, 16), Secret);
        Assert.True(RadiusPacket.TryParse(other, out RadiusPacket late));
        Assert.False(RadiusAuthenticators.IsAnswer(late, request, Secret, mustBeSigned: true));

        // A wrong signature under a right authenticator, as whoever can forge the one but not the other has it.
        byte[] forged = new RadiusWriter(RadiusCode.AccessAccept, 7).Add(RadiusType.MessageAuthenticator, new byte[16]).FinishAnswer(request.AsSpan(4, 16), Secret);
        Assert.True(RadiusPacket.TryParse(forged, out RadiusPacket wrong));
        Assert.False(RadiusAuthenticators.IsAnswer(wrong, request, Secret, mustBeSigned: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TryParse_AnyBytes_GivesAPacketOrNone(int seed)
    {
        var prng = new Prng(seed);
        byte[] good = new RadiusWriter(RadiusCode.CoaRequest, 3).AddSignature().Add(RadiusType.UserName, "alice").Add(RadiusType.SessionTimeout, 60)
            .AddVendor(RadiusType.Wispr, RadiusType.WisprBandwidthMaxDown, 1_000_000).AddVendor(RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalOctets, 5).FinishRequest(Secret);
        int parsed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = i % 4 == 0 ? new byte[prng.Next(120)] : [.. good];
            if (i % 4 == 0)
                prng.NextBytes(bytes);
            for (int change = 0; i % 4 != 0 && change < i % 7; change++)
                bytes[prng.Next(bytes.Length)] = (byte)prng.Next(256);
            if (!RadiusPacket.TryParse(bytes, out RadiusPacket packet))
                continue;
            parsed++;
            _ = RadiusGrant.Of(packet);
            _ = DynamicTarget.TryRead(packet, out _, out _);
            _ = packet.Types.Count();
            _ = packet.Text(RadiusType.ReplyMessage);
            bool isRequest = RadiusAuthenticators.IsRequest(packet, Secret);
            Assert.True(!isRequest || packet.Bytes.AsSpan().SequenceEqual(good), $"seed {seed}, step {i}");
        }

        Assert.InRange(parsed, 1000, 19_999);
    }

    [Fact]
    public void Grant_ReadsTimeRatesVolumeAndDevices()
    {
        byte[] answer = new RadiusWriter(RadiusCode.AccessAccept, 1).Add(RadiusType.SessionTimeout, 3600).Add(RadiusType.IdleTimeout, 300).Add(RadiusType.PortLimit, 3)
            .AddVendor(RadiusType.Wispr, RadiusType.WisprBandwidthMaxUp, 2_000_000).AddVendor(RadiusType.Wispr, RadiusType.WisprBandwidthMaxDown, 10_000_000)
            .AddVendor(RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalOctets, 5).AddVendor(RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalGigawords, 2)
            .FinishAnswer(new byte[16], Secret);
        Assert.True(RadiusPacket.TryParse(answer, out RadiusPacket packet));
        Assert.Equal(
            new SessionGrant { Seconds = 3600, IdleSeconds = 300, UpBitsPerSecond = 2_000_000, DownBitsPerSecond = 10_000_000, VolumeBytes = (2ul << 32) + 5, DeviceCount = 3 },
            RadiusGrant.Of(packet));
    }

    [Fact]
    public void Secret_IsInNoText() =>
        Assert.DoesNotContain("xyzzy", new RadiusServer(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1), Secret).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Writer_MoreThanAPacketHolds_LeavesOut()
    {
        var writer = new RadiusWriter(RadiusCode.AccountingRequest, 1);
        for (int i = 0; i < 40; i++)
            writer.Add(RadiusType.Class, Encoding.ASCII.GetBytes(new string('x', 300)));
        byte[] packet = writer.FinishRequest(Secret);
        Assert.InRange(packet.Length, 3800, RadiusPacket.BytesMax);
        Assert.True(RadiusPacket.TryParse(packet, out RadiusPacket parsed));
        Assert.True(RadiusAuthenticators.IsRequest(parsed, Secret));
    }
}
