using System.Net;
using Natflow.Host.NatTest;
using Natflow.Testing;
using Natflow.Testing.Stun;

namespace Natflow.Host.Tests.NatTest;

/// <summary>A host, a NAT of a given kind and a STUN server, in memory and in virtual time. Everything happens on the thread that sends or advances.</summary>
internal sealed class SimulatedNat(TestTime time)
{
    private static readonly IPAddress Inside = IPAddress.Parse("10.0.0.5");
    private static readonly IPAddress Outside = IPAddress.Parse("203.0.113.1");

    private readonly StunResponder _server = new([IPAddress.Parse("198.51.100.10"), IPAddress.Parse("198.51.100.11")], [3478, 3479]);
    private readonly List<Mapping> _mappings = [];
    private readonly List<Transport> _transports = [];
    private int _nextPort = 20_000;

    internal NatBehaviour MappingMode { get; init; } = NatBehaviour.EndpointIndependent;

    internal NatBehaviour FilteringMode { get; init; } = NatBehaviour.EndpointIndependent;

    internal bool IsHairpinning { get; init; }

    internal TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Each datagram whose number is a multiple of this is lost; 0 for none.</summary>
    internal int LoseEach { get; init; }

    internal int SentCount { get; private set; }

    internal IPEndPoint Primary => _server.EndPoint(0, 0);

    internal IStunTransport Open()
    {
        var transport = new Transport(this, new IPEndPoint(Inside, _nextPort++));
        _transports.Add(transport);
        return transport;
    }

    private void SendFromInside(byte[] datagram, IPEndPoint source, IPEndPoint destination)
    {
        if (LoseEach != 0 && ++SentCount % LoseEach == 0)
            return;
        if (MappingMode == NatBehaviour.NoNat)
        {
            Deliver(datagram, source, destination);
            return;
        }

        Mapping? mapping = _mappings.Find(candidate => candidate.Inside.Equals(source) && candidate.Serves(destination, MappingMode) && IsAlive(candidate));
        if (mapping is null)
        {
            mapping = new Mapping(source, new IPEndPoint(Outside, _nextPort++), destination);
            _mappings.Add(mapping);
        }

        mapping.Peers.Add(destination);
        mapping.LastSent = time.GetUtcNow();
        Deliver(datagram, mapping.External, destination);
    }

    private void Deliver(byte[] datagram, IPEndPoint source, IPEndPoint destination)
    {
        for (int i = 0; i < 4; i++)
        {
            if (_server.EndPoint(i >> 1, i & 1).Equals(destination) && _server.Respond(datagram, source, i >> 1, i & 1) is { } answer)
                Deliver(answer.Answer, _server.EndPoint(answer.AddressIndex, answer.PortIndex), answer.To);
        }

        Mapping? mapping = _mappings.Find(candidate => candidate.External.Equals(destination) && IsAlive(candidate));
        bool isHairpin = source.Address.Equals(Outside);
        if (mapping is not null && (isHairpin ? IsHairpinning : mapping.LetsIn(source, FilteringMode)))
            _transports.Find(transport => transport.Local.Equals(mapping.Inside))?.Receive(datagram, source);
        if (MappingMode == NatBehaviour.NoNat)
            _transports.Find(transport => transport.Local.Equals(destination))?.Receive(datagram, source);
    }

    private bool IsAlive(Mapping mapping) => time.GetUtcNow() - mapping.LastSent < Lifetime;

    private sealed class Mapping(IPEndPoint inside, IPEndPoint external, IPEndPoint first)
    {
        internal IPEndPoint Inside { get; } = inside;

        internal IPEndPoint External { get; } = external;

        internal List<IPEndPoint> Peers { get; } = [];

        internal DateTimeOffset LastSent { get; set; }

        internal bool Serves(IPEndPoint destination, NatBehaviour mode) => mode switch
        {
            NatBehaviour.EndpointIndependent => true,
            NatBehaviour.AddressDependent => first.Address.Equals(destination.Address),
            _ => first.Equals(destination),
        };

        internal bool LetsIn(IPEndPoint source, NatBehaviour mode) => mode switch
        {
            NatBehaviour.EndpointIndependent => true,
            NatBehaviour.AddressDependent => Peers.Exists(peer => peer.Address.Equals(source.Address)),
            _ => Peers.Contains(source),
        };
    }

    private sealed class Transport(SimulatedNat nat, IPEndPoint local) : IStunTransport
    {
        private readonly Queue<(byte[] Datagram, IPEndPoint Source)> _arrived = [];
        private TaskCompletionSource? _waiter; // Continues on the thread that delivers, so that a run is one sequence of steps.

        public IPEndPoint Local { get; } = local;

        public ValueTask SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint destination, CancellationToken cancellation)
        {
            nat.SendFromInside(datagram.ToArray(), Local, destination);
            return ValueTask.CompletedTask;
        }

        public async ValueTask<(int LengthBytes, IPEndPoint Source)> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            while (_arrived.Count == 0)
            {
                _waiter = new TaskCompletionSource();
                using (cancellation.Register(() => _waiter.TrySetCanceled(cancellation)))
                    await _waiter.Task;
            }

            (byte[] datagram, IPEndPoint source) = _arrived.Dequeue();
            datagram.CopyTo(buffer);
            return (datagram.Length, source);
        }

        public void Dispose() => nat._transports.Remove(this);

        internal void Receive(byte[] datagram, IPEndPoint source)
        {
            _arrived.Enqueue((datagram, source));
            _waiter?.TrySetResult();
        }
    }
}
