using Natflow.Core;
using Natflow.Flows.Pcp;
using Natflow.Flows.Tests.Alg;
using Natflow.Packets;
using Natflow.Testing;
using static Natflow.Flows.Tests.Pcp.PcpRig;

namespace Natflow.Flows.Tests.Pcp;

public sealed class PcpServerTests : IDisposable
{
    private readonly AlgRig _rig = new(change: static settings => settings with { PublicAddresses = [0xCB00_7101] });
    private readonly PcpServer _server;

    public PcpServerTests() => _server = new PcpServer(_rig.State, new PcpSettings(), 0);

    public void Dispose()
    {
        _server.Dispose();
        _rig.Dispose();
    }

    [Fact]
    public void PCP_01_Map_LetsAnyoneInUntilDeleted()
    {
        Answer answer = _server.Ask(Map(A, 8080, protocol: IpProtocol.Tcp), A, 1000);
        Assert.Equal(PcpResult.Success, answer.Result);
        Assert.Equal(600u, answer.Lifetime);
        Assert.Equal(AlgRig.Public, answer.External.Address);
        byte[]? got = _rig.Tcp(Side.Wan, (AlgRig.Stranger, 4000), answer.External, TcpFlags.Syn, 1, 0);
        Assert.Equal((A, (ushort)8080), AlgRig.Destination(Assert.IsType<byte[]>(got)));

        Assert.Equal(PcpResult.Success, _server.Ask(Map(A, 8080, lifetime: 0, protocol: IpProtocol.Tcp), A, 2000).Result);
        Assert.Null(_rig.Tcp(Side.Wan, (AlgRig.Stranger, 4001), answer.External, TcpFlags.Syn, 1, 0));
    }

    [Fact]
    public void PCP_01_Lifetime_EndsToTheMillisecondAndRenewalExtends()
    {
        (uint Address, ushort Port) external = _server.Ask(Map(A, 8080, lifetime: 200), A, 1000).External;
        Answer renewed = _server.Ask(Map(A, 8080, lifetime: 300), A, 101_000);
        Assert.Equal((PcpResult.Success, 300u, external), (renewed.Result, renewed.Lifetime, renewed.External));
        _server.Advance(400_999);
        Assert.Equal(1, _rig.State.Mappings.Count);
        _server.Advance(401_000);
        Assert.Equal(0, _rig.State.Mappings.Count);
        Assert.Equal(0, _server.LeaseCount);
    }

    [Fact]
    public void PCP_01_Map_IsHeldWithoutFlowsWhileItsSubscriberIsIdle()
    {
        (uint Address, ushort Port) external = _server.Ask(Map(A, 8080, lifetime: 7200), A, 1000).External;
        _rig.NowMs = 7_000_000;
        _rig.State.Advance(_rig.NowMs);
        _server.Advance(_rig.NowMs);
        Assert.Equal(1, _rig.State.Users.Count);
        Assert.NotNull(_rig.Udp(Side.Wan, (AlgRig.Stranger, 4000), external, [1]));
    }

    [Theory]
    [InlineData(1u, 120u)]
    [InlineData(120u, 120u)]
    [InlineData(3600u, 3600u)]
    [InlineData(uint.MaxValue, 86_400u)]
    public void PCP_01_Lifetime_IsKeptWithinBounds(uint wanted, uint given) => Assert.Equal(given, _server.Ask(Map(A, 8080, lifetime: wanted), A, 0).Lifetime);

    [Fact]
    public void PCP_01_ExistingMapping_KeepsItsExternalEndpoint()
    {
        byte[]? frame = _rig.Udp(Side.Lan, (A, 3074), (AlgRig.Server, 9), [1]);
        Answer answer = _server.Ask(Map(A, 3074, suggested: 3074), A, 1000);
        Assert.Equal(AlgRig.Source(Assert.IsType<byte[]>(frame)), answer.External);
    }

    [Fact]
    public void PCP_02_Peer_LetsThatPeerInAlone()
    {
        Answer answer = _server.Ask(Peer(A, 5000, AlgRig.Server, 700), A, 1000);
        Assert.Equal(PcpResult.Success, answer.Result);
        Assert.Null(_rig.Udp(Side.Wan, (AlgRig.Stranger, 700), answer.External, [1]));
        Assert.Null(_rig.Udp(Side.Wan, (AlgRig.Server, 701), answer.External, [1]));
        Assert.NotNull(_rig.Udp(Side.Wan, (AlgRig.Server, 700), answer.External, [1]));
        byte[]? sent = _rig.Udp(Side.Lan, (A, 5000), (AlgRig.Server, 700), [1]);
        Assert.Equal(answer.External, AlgRig.Source(Assert.IsType<byte[]>(sent)));
    }

    [Fact]
    public void PCP_02_Announce_TellsTheEpochWhichRestartsWithTheState()
    {
        Answer answer = _server.Ask(Announce(A), A, 9_500);
        Assert.Equal((PcpResult.Success, 9u), (answer.Result, answer.Epoch));
        _server.RestartEpoch(10_000);
        Assert.Equal(2u, _server.Ask(Announce(A), A, 12_000).Epoch);
        byte[] message = new byte[24];
        Assert.Equal(24, _server.WriteAnnounce(12_000, message));
        Assert.Equal((2, 0x80, 0, 2), (message[0], message[1], message[3], message[11]));
    }

    [Fact]
    public void PCP_03_OthersAddress_IsRefused()
    {
        Assert.Equal(PcpResult.AddressMismatch, _server.Ask(Map(A, 8080), B, 0).Result);
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(B, 8080, options: ThirdParty(A)), B, 0).Result);
        Assert.Equal(0, _rig.State.Mappings.Count);
    }

    [Fact]
    public void PCP_03_ThirdParty_IsAuthorisedBySettingAlone()
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.6/32", out Ipv4Prefix prefix, out _));
        using var server = new PcpServer(_rig.State, new PcpSettings { ThirdPartyRequesters = [prefix] }, 0);
        Answer answer = server.Ask(Map(B, 8080, options: ThirdParty(A)), B, 0);
        Assert.Equal(PcpResult.Success, answer.Result);
        byte[]? got = _rig.Udp(Side.Wan, (AlgRig.Stranger, 1), answer.External, [1]);
        Assert.Equal((A, (ushort)8080), AlgRig.Destination(Assert.IsType<byte[]>(got)));
        Assert.Equal(PcpResult.MalformedRequest, server.Ask(Map(B, 8080, options: ThirdParty(B)), B, 0).Result);
        Assert.Equal(Be(A), PcpServer.SubjectOf(Map(B, 8080, options: ThirdParty(A)), Be(B)));
    }

    [Fact]
    public void PCP_03_OthersNonce_IsRefused()
    {
        Assert.Equal(PcpResult.Success, _server.Ask(Map(A, 8080, nonce: 1), A, 0).Result);
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(A, 8080, nonce: 2), A, 0).Result);
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(A, 8080, nonce: 2, lifetime: 0), A, 0).Result);
        Assert.Equal(1, _server.LeaseCount);
    }

    [Fact]
    public void PCP_04_Quota_IsSaid()
    {
        using var server = new PcpServer(_rig.State, new PcpSettings { LeasesPerUserMax = 2 }, 0);
        Assert.Equal(PcpResult.Success, server.Ask(Map(A, 1), A, 0).Result);
        Assert.Equal(PcpResult.Success, server.Ask(Map(A, 2), A, 0).Result);
        Answer refused = server.Ask(Map(A, 3), A, 0);
        Assert.Equal((PcpResult.UserExceededQuota, 30u), (refused.Result, refused.Lifetime));
        Assert.Equal(PcpResult.Success, server.Ask(Map(B, 3), B, 0).Result);
    }

    [Fact]
    public void PCP_04_NoResources_IsSaid()
    {
        using var server = new PcpServer(_rig.State, new PcpSettings { LeaseCapacity = 1 }, 0);
        Assert.Equal(PcpResult.Success, server.Ask(Map(A, 1), A, 0).Result);
        Assert.Equal(PcpResult.NoResources, server.Ask(Map(B, 1), B, 0).Result);
    }

    [Fact]
    public void PCP_04_NotAuthorized_IsSaid()
    {
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(AlgRig.Stranger, 1), AlgRig.Stranger, 0).Result);
        _server.Ask(Map(A, 1), A, 0);
        _rig.State.SetUserVerdict(_rig.State.Users.Find(Be(A), 0), Verdict.Drop);
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(A, 2), A, 0).Result);
    }

    [Fact]
    public void PCP_04_PreferFailure_FailsWhereTheSuggestedPortIsTaken()
    {
        Assert.Equal((uint)3074, _server.Ask(Map(A, 3074, suggested: 3074, options: PreferFailure), A, 0).External.Port);
        Assert.Equal(PcpResult.CannotProvideExternal, _server.Ask(Map(B, 3074, suggested: 3074, options: PreferFailure), B, 0).Result);
        Assert.Equal(1, _rig.State.Mappings.Count);
    }

    [Fact]
    public void PCP_04_WhatIsNotSpoken_IsSaid()
    {
        Assert.Equal(PcpResult.UnsupportedProtocol, _server.Ask(Map(A, 1, protocol: 132), A, 0).Result);
        Assert.Equal(PcpResult.UnsupportedProtocol, _server.Ask(Map(A, 0), A, 0).Result);
        Assert.Equal(PcpResult.MalformedRequest, _server.Ask(Map(A, 1, protocol: 0), A, 0).Result);
        Assert.Equal(PcpResult.UnsupportedOption, _server.Ask(Map(A, 1, options: [3, 0, 0, 4, 0, 0, 0, 0]), A, 0).Result);
        Assert.Equal(PcpResult.Success, _server.Ask(Map(A, 1, options: [200, 0, 0, 4, 0, 0, 0, 0]), A, 0).Result);
        Assert.Equal(PcpResult.MalformedOption, _server.Ask(Map(A, 1, options: [2, 0, 0, 8]), A, 0).Result);
        Assert.Equal(PcpResult.MalformedRequest, _server.Ask(Map(A, 1)[..56], A, 0).Result);
        byte[] version = Map(A, 1);
        version[0] = 3;
        Assert.Equal((PcpResult.UnsupportedVersion, 2), (_server.Ask(version, A, 0).Result, _server.Ask(version, A, 0).Bytes[0]));
        byte[] opcode = Map(A, 1);
        opcode[1] = 9;
        Assert.Equal(PcpResult.UnsupportedOpcode, _server.Ask(opcode, A, 0).Result);
        byte[] response = Map(A, 1);
        response[1] |= 0x80;
        Assert.Empty(_server.Ask(response, A, 0).Bytes);
    }

    [Fact]
    public void PCP_04_StaticForward_IsConfirmedAndNotDeleted()
    {
        using var rig = new AlgRig(change: static settings =>
            settings with { PortForwards = [new PortForward(IpProtocol.Tcp, AlgRig.Public, 8443, AlgRig.Inside, 443)] });
        using var server = new PcpServer(rig.State, new PcpSettings(), 0);
        Answer answer = server.Ask(Map(A, 443, protocol: IpProtocol.Tcp), A, 0);
        Assert.Equal((PcpResult.Success, (AlgRig.Public, (ushort)8443)), (answer.Result, answer.External));
        Assert.Equal(PcpResult.NotAuthorized, server.Ask(Map(A, 443, lifetime: 0, protocol: IpProtocol.Tcp), A, 0).Result);
    }

    [Fact]
    public void PCP_05_PrivateOutside_IsSaid()
    {
        using var rig = new AlgRig(change: static settings => settings with { PublicAddresses = [0x6440_0001] });
        using var open = new PcpServer(rig.State, new PcpSettings(), 0);
        using var strict = new PcpServer(rig.State, new PcpSettings { AllowBehindNat = false }, 0);
        Assert.True(open.IsBehindNat);
        Assert.False(_server.IsBehindNat);
        Assert.Equal(PcpResult.Success, open.Ask(Map(A, 1), A, 0).Result);
        Assert.Equal(PcpResult.NetworkFailure, strict.Ask(Map(A, 2), A, 0).Result);
    }

    [Fact]
    public void PCP_06_TwoConsoles_EachSendFromThePortTheyWereGranted()
    {
        Answer a = _server.Ask(Map(A, 3074, suggested: 3074), A, 0);
        Answer b = _server.Ask(Map(B, 3074, suggested: 3074), B, 0);
        Assert.Equal((ushort)3074, a.External.Port);
        Assert.Equal(PcpResult.Success, b.Result);
        Assert.NotEqual(a.External, b.External);
        foreach ((uint address, Answer answer) in new[] { (A, a), (B, b) })
        {
            byte[]? sent = _rig.Udp(Side.Lan, (address, 3074), (AlgRig.Server, 3074), [1]);
            Assert.Equal(answer.External, AlgRig.Source(Assert.IsType<byte[]>(sent)));
            byte[]? got = _rig.Udp(Side.Wan, (AlgRig.Stranger, 3074), answer.External, [1]);
            Assert.Equal((address, (ushort)3074), AlgRig.Destination(Assert.IsType<byte[]>(got)));
        }
    }

    [Fact]
    public void PCP_07_Leases_AreListedRestoredElsewhereAndRevoked()
    {
        _server.Ask(Map(A, 3074, suggested: 3074), A, 0);
        _server.Ask(Peer(B, 5000, AlgRig.Server, 700), B, 0);
        var page = new PcpLease[8];
        uint cursor = 0;
        Assert.Equal(2, _server.CopyLeases(ref cursor, 100_000, page));
        Assert.Equal(0, _server.CopyLeases(ref cursor, 100_000, page));

        using var other = new AlgRig();
        using var standby = new PcpServer(other.State, new PcpSettings(), 0);
        foreach (PcpLease lease in page[..2])
            Assert.Equal(PcpResult.Success, standby.TryRestore(in lease, 100_000));
        var restored = new PcpLease[8];
        cursor = 0;
        Assert.Equal(2, standby.CopyLeases(ref cursor, 100_000, restored));
        Assert.Equal(page, restored);
        Assert.Equal(PcpResult.Success, standby.Ask(Map(A, 3074), A, 100_000).Result);

        PcpLease map = page.Single(static lease => lease.Opcode == PcpOpcode.Map);
        Assert.Equal(1, standby.Revoke(map.Protocol, map.ExternalAddrBe, map.ExternalPortBe, 100_000));
        Assert.Null(other.Udp(Side.Wan, (AlgRig.Stranger, 1), (AlgRig.Public, 3074), [1]));
    }

    [Fact]
    public void PCP_07_WithdrawnAddress_EndsItsLeasesAndTheEpoch()
    {
        _server.Ask(Map(A, 3074), A, 50_000);
        Assert.Equal(1, _server.OnAddressWithdrawn(Be(AlgRig.Public), 60_000));
        Assert.Equal((0, 0), (_server.LeaseCount, _rig.State.Mappings.Count));
        Assert.Equal(0u, _server.Ask(Announce(A), A, 60_000).Epoch);
    }

    [Fact]
    public void PCP_02_WithdrawnAddress_WithoutLeases_BeginsANewEpochToo()
    {
        Assert.Equal(0, _server.OnAddressWithdrawn(Be(AlgRig.Public), 60_000));
        Assert.Equal(5u, _server.Ask(Announce(A), A, 65_000).Epoch);
    }

    [Fact]
    public void Apply_OtherLimits_HoldForWhatIsAskedFromNowOn()
    {
        Assert.Equal(600u, _server.Ask(Map(A, 1), A, 0).Lifetime);
        Assert.Equal(PcpResult.NotAuthorized, _server.Ask(Map(B, 5, options: ThirdParty(A)), B, 0).Result);

        _server.Apply(new PcpSettings { LifetimeMax = TimeSpan.FromSeconds(300), LeasesPerUserMax = 2, ThirdPartyRequesters = [default(Ipv4Prefix)] });

        Assert.Equal(300u, _server.Ask(Map(A, 2), A, 0).Lifetime);
        Assert.Equal(PcpResult.UserExceededQuota, _server.Ask(Map(A, 3), A, 0).Result);
        Assert.Equal(300u, _server.Ask(Map(A, 1), A, 0).Lifetime);
        Assert.Equal(PcpResult.UserExceededQuota, _server.Ask(Map(B, 5, options: ThirdParty(A)), B, 0).Result);
        _server.Advance(301_000);
        Assert.Equal(PcpResult.Success, _server.Ask(Map(B, 5, options: ThirdParty(A)), B, 301_000).Result);
    }

    [Fact]
    public void Delete_AllOfAProtocol_EndsTheClientsOwn()
    {
        _server.Ask(Map(A, 1), A, 0);
        _server.Ask(Map(A, 2), A, 0);
        _server.Ask(Map(A, 3, protocol: IpProtocol.Tcp), A, 0);
        _server.Ask(Map(B, 1), B, 0);
        Assert.Equal(PcpResult.Success, _server.Ask(Map(A, 0, lifetime: 0), A, 0).Result);
        Assert.Equal(2, _server.LeaseCount);
        Assert.Equal(PcpResult.Success, _server.Ask(Map(A, 0, lifetime: 0, protocol: 0), A, 0).Result);
        Assert.Equal(1, _server.LeaseCount);
    }

    [Fact]
    public void NatPmp_AddressAndMapping_AreAnswered()
    {
        byte[] address = _server.Ask([0, 0], A, 7000).Bytes;
        Assert.Equal([0, 128, 0, 0, 0, 0, 0, 7, 203, 0, 113, 1], address);
        byte[] mapped = _server.Ask([0, 1, 0, 0, 0x0C, 0x02, 0x0C, 0x02, 0, 0, 2, 0x58], A, 7000).Bytes;
        Assert.Equal([0, 129, 0, 0, 0, 0, 0, 7, 0x0C, 0x02, 0x0C, 0x02, 0, 0, 2, 0x58], mapped);
        byte[] deleted = _server.Ask([0, 1, 0, 0, 0x0C, 0x02, 0, 0, 0, 0, 0, 0], A, 7000).Bytes;
        Assert.Equal([0, 129, 0, 0, 0, 0, 0, 7, 0x0C, 0x02, 0, 0, 0, 0, 0, 0], deleted);
        Assert.Equal(0, _server.LeaseCount);
        Assert.Equal([0, 137, 0, 5], _server.Ask([0, 9], A, 0).Bytes[..4]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Handle_AnyBytes_GivesAValidResponseAndLeaksNothing(int seed)
    {
        var prng = new Prng(seed);
        int successes = 0;
        for (int i = 0; i < 20_000; i++)
        {
            uint client = A + (uint)prng.Next(4);
            byte[] request = prng.Next(3) switch
            {
                0 => Peer(client, (ushort)prng.Next(40), AlgRig.Server, (ushort)prng.Next(5), (uint)prng.Next(2) * 300),
                1 => Map(client, (ushort)prng.Next(40), (ushort)(2000 + prng.Next(20)), (uint)prng.Next(3) * 200, options: prng.Next(2) == 0 ? PreferFailure : null),
                _ => [0, (byte)prng.Next(4), 0, 0, 0, (byte)prng.Next(40), 8, 0, 0, 0, 0, (byte)(prng.Next(2) * 200)],
            };
            for (int flips = prng.Next(3); flips > 0; flips--)
                request[prng.Next(request.Length)] = (byte)prng.Next(256);
            request = request[..(request.Length - (prng.Next(4) == 0 ? prng.Next(request.Length) : 0))];
            _rig.NowMs += prng.Next(2000);
            Answer answer = _server.Ask(request, client, _rig.NowMs);
            if (answer.Bytes.Length != 0 && answer.Bytes[0] == 2)
            {
                Assert.True(answer.Bytes.Length >= 24 && answer.Bytes.Length % 4 == 0 && (answer.Bytes[1] & 0x80) != 0, $"seed {seed}, step {i}");
                successes += answer.Result == PcpResult.Success ? 1 : 0;
            }

            _server.Advance(_rig.NowMs);
            _rig.State.Advance(_rig.NowMs);
        }

        Assert.InRange(successes, 1000, 20_000);
        _rig.NowMs += (long)TimeSpan.FromDays(2).TotalMilliseconds;
        for (int i = 0; i < 100; i++)
        {
            _server.Advance(_rig.NowMs);
            _rig.State.Advance(_rig.NowMs);
            _rig.NowMs += 60_000; // Subscribers go some minutes after their last lease.
        }

        Assert.Equal((0, 0, 0, 0), (_server.LeaseCount, _rig.State.Mappings.Count, _rig.State.Alg.ExpectationCount, _rig.State.Users.Count));
        Assert.Equal(0, _rig.State.Blocks.LeasedCount);
    }
}
