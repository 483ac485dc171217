using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Actors;
using Natflow.Host.Cluster;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using Natflow.Packets.Link;
using Natflow.Testing.Namespaces;

namespace Natflow.Host.Tests.Cluster;

/// <summary>A shard's addresses on a wire: what is announced, what is answered, and what the kernel of a host makes of it.</summary>
public sealed class VirtualAddressesTests
{
    private const string V4 = "10.9.0.1";
    private const string V6 = "fe80::1";
    private const ulong Seed = 0x1122_3344_5566_7788;
    private const int ReceiveTimeoutMs = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [NamespaceFact]
    public async Task Take_VirtualMac_AnnouncementsCarryItAndSwitchesLearnIt()
    {
        await using var rig = new Rig(hasVirtualMac: true);
        using Socket capture = rig.Capture();
        rig.Addresses.Take(3);
        ulong mac = VirtualMac.Of(Seed, 3);
        byte[] request = Next(capture, static frame => IsArp(frame, 1));
        byte[] reply = Next(capture, static frame => IsArp(frame, 2));
        foreach (byte[] frame in new[] { request, reply })
        {
            Assert.Equal(0xFFFF_FFFF_FFFFUL, MacAddress.Read(frame));
            Assert.Equal(mac, MacAddress.Read(frame.AsSpan(6))); // What a switch learns from.
            Assert.Equal(mac, MacAddress.Read(frame.AsSpan(22)));
            Assert.Equal(IPAddress.Parse(V4).GetAddressBytes(), frame[28..32]);
            Assert.Equal(frame[28..32], frame[38..42]);
        }

        byte[] advertisement = Next(capture, static frame => IsAdvertisement(frame));
        Assert.Equal(0x3333_0000_0001UL, MacAddress.Read(advertisement));
        Assert.Equal(mac, MacAddress.Read(advertisement.AsSpan(6)));
        Assert.Equal(IPAddress.Parse("ff02::1").GetAddressBytes(), advertisement[38..54]);
        Assert.Equal(0xA000_0000, BinaryPrimitives.ReadUInt32BigEndian(advertisement.AsSpan(58))); // Router, override; nobody asked.
        Assert.Equal(IPAddress.Parse(V6).GetAddressBytes(), advertisement[62..78]);
        Assert.Equal([2, 1], advertisement[78..80]);
        Assert.Equal(mac, MacAddress.Read(advertisement.AsSpan(80)));
    }

    [NamespaceFact]
    public async Task Take_VirtualMac_HostsResolveToItAndTheInterfaceTakesIt()
    {
        await using var rig = new Rig(hasVirtualMac: true);
        rig.Addresses.Take(3);
        string mac = Text(VirtualMac.Of(Seed, 3));
        Assert.Contains($"lladdr {mac}", rig.Resolve(V4), StringComparison.Ordinal);
        Assert.Contains($"lladdr {mac} router", rig.Resolve(V6), StringComparison.Ordinal); // The host's kernel has judged checksum, hop limit and flags.
        Assert.Contains(mac, rig.Gateway.Run("bridge fdb show dev lan0"), StringComparison.Ordinal);
        rig.Addresses.Leave(3);
        Assert.DoesNotContain(mac, rig.Gateway.Run("bridge fdb show dev lan0"), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task Take_WithoutVirtualMac_HostsResolveToTheNode()
    {
        await using var rig = new Rig(hasVirtualMac: false);
        rig.Addresses.Take(3);
        string mac = rig.Gateway.Run("cat /sys/class/net/lan0/address").Trim();
        Assert.Contains($"lladdr {mac}", rig.Resolve(V4), StringComparison.Ordinal);
        Assert.Contains($"lladdr {mac}", rig.Resolve(V6), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task Answer_LeaseOver_NobodyIsToldOfThisNodeThoughItHasNotLeft()
    {
        await using var rig = new Rig(hasVirtualMac: true);
        rig.Addresses.Take(3);
        rig.Host.Run("ip neigh flush dev eth0"); // What it knows by the announcement.
        rig.IsOwned = false;
        Assert.Equal("nothing", rig.Resolve(V4, tries: 2));
        Assert.Equal("nothing", rig.Resolve(V6, tries: 2));
        rig.IsOwned = true; // The lease was kept after all.
        Assert.Contains("lladdr", rig.Resolve(V4), StringComparison.Ordinal);
        Assert.Contains("lladdr", rig.Resolve(V6), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task Answer_WhatIsNotOursOrNoSolicitation_IsNotAnswered()
    {
        await using var rig = new Rig(hasVirtualMac: true);
        rig.Addresses.Take(3);
        using Socket capture = rig.Capture();
        int index = int.Parse(rig.Host.Run("ip -o link show eth0").Split(':')[0], CultureInfo.InvariantCulture);
        byte[] good = Solicitation(V6);
        byte[] otherTarget = Solicitation("fe80::2");
        byte[] fromFar = Solicitation(V6);
        fromFar[21] = 64; // Hop limit.
        byte[] badChecksum = Solicitation(V6);
        badChecksum[57] ^= 1;
        byte[] cut = Solicitation(V6)[..70];
        foreach (byte[] frame in new[] { otherTarget, fromFar, badChecksum, cut })
            rig.Sender.Send(index, frame);
        rig.Sender.Send(index, good); // The first answer is that to the last one: nothing came before.
        byte[] answer = Next(capture, static frame => IsAdvertisement(frame));
        Assert.Equal(0xE000_0000, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(58)));
        Assert.Equal(MacAddress.Read(good.AsSpan(6)), MacAddress.Read(answer));
        Assert.Equal(IPAddress.Parse(V6).GetAddressBytes(), answer[62..78]);
        rig.Addresses.Leave(3);
        rig.Sender.Send(index, good);
        rig.Addresses.Take(4); // Its announcement is what comes next.
        Assert.Equal(IPAddress.Parse("fe80::4").GetAddressBytes(), Next(capture, static frame => IsAdvertisement(frame))[62..78]);
    }

    private static bool IsArp(byte[] frame, int operation) => frame.Length >= 42 && frame[12] == 0x08 && frame[13] == 0x06 && frame[21] == operation;

    private static bool IsAdvertisement(byte[] frame) => frame.Length >= 86 && frame[12] == 0x86 && frame[13] == 0xDD && frame[20] == 58 && frame[54] == 136;

    private static string Text(ulong mac) => string.Join(':', Enumerable.Range(0, 6).Select(i => ((byte)(mac >> (40 - (8 * i)))).ToString("x2", CultureInfo.InvariantCulture)));

    // Frames of others, such as the kernel's own discovery, are passed over, and do not make the wait longer.
    private static byte[] Next(Socket capture, Func<byte[], bool> isWanted)
    {
        byte[] buffer = new byte[2048];
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Patience && capture.Poll(ReceiveTimeoutMs * 1000, SelectMode.SelectRead))
        {
            byte[] frame = buffer[..capture.Receive(buffer)];
            if (isWanted(frame))
                return frame;
        }

        Assert.Fail($"the frame did not come within {Patience.TotalSeconds:0} s");
        return [];
    }

    private static byte[] Solicitation(string target)
    {
        byte[] frame = new byte[86];
        byte[] address = IPAddress.Parse(target).GetAddressBytes();
        MacAddress.Write(frame, 0x3333_FF00_0000 | ((ulong)address[13] << 16) | ((ulong)address[14] << 8) | address[15]);
        MacAddress.Write(frame.AsSpan(6), 0x0200_0000_0099);
        (frame[12], frame[13], frame[14], frame[19], frame[20], frame[21]) = (0x86, 0xDD, 0x60, 32, 58, 255);
        IPAddress.Parse("fe80::99").GetAddressBytes().CopyTo(frame, 22);
        IPAddress.Parse("ff02::1:ff00:0").GetAddressBytes().CopyTo(frame, 38);
        address.AsSpan(13).CopyTo(frame.AsSpan(51));
        frame[54] = 135;
        address.CopyTo(frame, 62);
        (frame[78], frame[79]) = (1, 1);
        MacAddress.Write(frame.AsSpan(80), 0x0200_0000_0099);
        ushort sum = Natflow.Packets.TransportChecksum.Compute(frame.AsSpan(22, 32), 58, frame.AsSpan(54));
        (frame[56], frame[57]) = ((byte)sum, (byte)(sum >> 8));
        return frame;
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly ActorSystem _system = ActorSystem.Create("addresses");
        private readonly NetworkWatcher _watcher;

        internal Rig(bool hasVirtualMac)
        {
            Gateway = new TestNamespace("gw");
            Host = new TestNamespace("host");
            Gateway.AddVeth(Host, "lan0", "eth0");
            Host.Run("ip addr add 10.9.0.2/24 dev eth0");
            Host.Run("ip addr add fe80::77/64 dev eth0 nodad");
            NetworkModel model = NetworkModel.Empty;
            using var seen = new ManualResetEventSlim();
            _watcher = NetworkWatcher.Start(new NetworkWatcherSettings { NamespaceName = Gateway.Name }, (next, _) =>
            {
                model = next;
                if (next.Links.TryFind("lan0", out Link? _))
                    seen.Set();
            });
            Assert.True(seen.Wait(Patience), "the watcher has not seen lan0");
            VirtualAddressSettings[] addresses = [Address(V4, 3), Address(V6, 3), Address("fe80::4", 4)];
            Addresses = Gateway.Invoke(() => new VirtualAddresses(model, addresses, hasVirtualMac ? static shard => VirtualMac.Of(Seed, shard) : null, _ => IsOwned, detours: null, _system.Log));
            Sender = Host.Invoke(static () => new PacketSocket(0x86DD));
        }

        internal TestNamespace Gateway { get; }

        internal TestNamespace Host { get; }

        internal VirtualAddresses Addresses { get; }

        /// <summary>Whether the lease runs.</summary>
        internal bool IsOwned { get; set; } = true;

        internal PacketSocket Sender { get; }

        internal Socket Capture() => Host.Invoke(static () => new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)0x0300) { ReceiveTimeout = ReceiveTimeoutMs });

        // Nobody answers the ping itself: the address is not the box's.
        internal string Resolve(string address, int tries = 10)
        {
            string target = address.Contains(':', StringComparison.Ordinal) ? address + "%eth0" : address;
            for (int number = 0; number < tries; number++)
            {
                _ = Host.TryRun($"ping -c 1 -W 1 {target}");
                string entry = Host.Run($"ip neigh show to {address} dev eth0");
                if (entry.Contains("lladdr", StringComparison.Ordinal))
                    return entry;
            }

            return "nothing";
        }

        public async ValueTask DisposeAsync()
        {
            await Addresses.DisposeAsync();
            Sender.Dispose();
            _watcher.Dispose();
            await _system.Terminate();
            Gateway.Dispose();
            Host.Dispose();
        }

        private static VirtualAddressSettings Address(string text, int shard)
        {
            Assert.True(Policy.IpAddress.TryParse(text, out Policy.IpAddress address));
            return new VirtualAddressSettings("lan0", address, shard);
        }
    }
}
