using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Host.Cluster;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;
using Natflow.Testing;

namespace Natflow.Host.Tests.Cluster;

/// <summary>Users on their way to a standby arrive as they were; any bytes give a result.</summary>
public sealed class KnownUserCodecTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        KnownUser[] users = [.. Enumerable.Range(1, 50).Select(User)];
        byte[][] payloads = [.. KnownUserCodec.Write(users, payloadBytesMax: 10_000)];
        var read = new List<KnownUser>();
        Assert.All(payloads, payload => Assert.True(payload.Length <= 10_000 && KnownUserCodec.TryRead(payload, read)));
        Assert.True(payloads.Length > 1);
        Assert.Equal(users.Select(Text), read.Select(Text));
    }

    [Fact]
    public void Read_AnyBytes_GiveAResult()
    {
        byte[] good = KnownUserCodec.Write([User(1), User(2)], 60_000).Single();
        var prng = new Prng(9);
        int refused = 0;
        for (int round = 0; round < 5000; round++)
        {
            byte[] bytes = good[..prng.Next(good.Length + 1)];
            for (int flips = prng.Next(6); flips > 0 && bytes.Length > 0; flips--)
                bytes[prng.Next(bytes.Length)] = (byte)prng.NextULong();
            refused += KnownUserCodec.TryRead(bytes, []) ? 0 : 1;
        }

        Assert.InRange(refused, 2000, 4999);
    }

    private static KnownUser User(int number) => new([IpAddress.FromIpv4((10u << 24) + (uint)number), IpAddress.FromIpv6((UInt128)number << 64)], (ushort)number, AuthState.NewAt(0) with { Status = AuthStatus.Ok, Type = AuthType.Web, RuleId = 7 })
    {
        Mac = 0x0200_0000_0001,
        InterfaceName = "lan0",
        Login = $"anna{number}",
        SessionLeft = number % 2 == 0 ? null : TimeSpan.FromSeconds(number),
        Limits = new PolicyLimits(1_000_000, 2_000_000, TimeSpan.FromMilliseconds(250)),
        HasOwnLimits = true,
        HasSessionLimits = number % 3 == 0,
        Quota = new UserQuota(1000, 10, 0, 4),
        Total = new UserTraffic(1, 2, 3, (ulong)number),
    };

    private static string Text(KnownUser user) => $"{string.Join(' ', user.Addresses)} {user with { Addresses = [] }}";
}
