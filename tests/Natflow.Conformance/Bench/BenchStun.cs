using System.Buffers.Binary;
using System.Net;
using Natflow.Core;
using Natflow.Host.NatTest;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using Natflow.Testing.Stun;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Bench;

/// <summary>Sockets of host A, and a STUN server on both addresses of X, joined by the gateway under test. Everything happens on the thread that sends or waits.</summary>
internal sealed class BenchStun(GatewayBench bench)
{
    private const int StepMs = 500;
    private const int StepsMax = 40_000;

    private readonly StunResponder _server = new([AddressOf(X1), AddressOf(X2)], [3478, 3479]);
    private readonly List<BenchStunSocket> _sockets = [];
    private int _nextPort = 20_000;

    /// <summary>Runs the client of the product.</summary>
    internal NatTestReport Run(TimeSpan lifetimeMax = default)
    {
        var options = new NatTestOptions { Server = _server.EndPoint(0, 0), Local = AddressOf(A), LifetimeMax = lifetimeMax };
        SynchronizationContext? previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // Continuations run on this thread, as time advances.
        try
        {
            Task<NatTestReport> run = new NatTestRun(options, bench.Time, Open, testTcp: null).RunAsync(CancellationToken.None);
            for (int step = 0; step < StepsMax && !run.IsCompleted; step++)
                bench.Wait(TimeSpan.FromMilliseconds(StepMs));
            Assert.True(run.IsCompleted, "the client waits for something other than time");
            return run.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

    /// <summary>Sends a socket's datagram, and brings what comes of it where it belongs.</summary>
    internal void Send(IPEndPoint source, IPEndPoint destination, ReadOnlySpan<byte> datagram)
    {
        if (bench.FromInside(FrameOf(source, destination, datagram)) is { } left)
            Carry(left);
    }

    /// <summary>Forgets a socket.</summary>
    internal void Close(BenchStunSocket socket) => _sockets.Remove(socket);

    private static IPAddress AddressOf(uint address) => new(BinaryPrimitives.ReverseEndianness(address));

    private static uint NumberOf(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static byte[] FrameOf(IPEndPoint source, IPEndPoint destination, ReadOnlySpan<byte> datagram) => PacketBuilder.Ethernet()
        .Ipv4(NumberOf(source.Address), NumberOf(destination.Address)).Udp((ushort)source.Port, (ushort)destination.Port).Payload(datagram).ToArray();

    private BenchStunSocket Open()
    {
        var socket = new BenchStunSocket(this, new IPEndPoint(AddressOf(A), _nextPort++));
        _sockets.Add(socket);
        return socket;
    }

    private void Carry(Arrival arrival)
    {
        PacketView packet = arrival.Packet;
        if (packet.Protocol != IpProtocol.Udp)
            return;
        var source = new IPEndPoint(AddressOf(packet.Source), packet.SourcePort);
        var destination = new IPEndPoint(AddressOf(packet.Destination), packet.DestinationPort);
        if (arrival.Side == Side.Lan)
        {
            _sockets.Find(socket => socket.Local.Equals(destination))?.Receive(packet.Payload[8..], source);
            return;
        }

        for (int i = 0; i < 4; i++)
        {
            if (_server.EndPoint(i >> 1, i & 1).Equals(destination) && _server.Respond(packet.Payload.AsSpan(8), source, i >> 1, i & 1) is { } answer
                && bench.FromOutside(FrameOf(_server.EndPoint(answer.AddressIndex, answer.PortIndex), answer.To, answer.Answer)) is { } got)
            {
                Carry(got);
            }
        }
    }
}
