using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>Finds out how the NAT before this machine behaves (RFC 5780 section 4).</summary>
public sealed class NatTestRun
{
    private readonly NatTestOptions _options;
    private readonly Func<IStunTransport> _open;
    private readonly Func<IPEndPoint, CancellationToken, Task<NatBehaviour>>? _testTcp;
    private readonly StunClient _client;

    /// <summary>A test over the system's sockets.</summary>
    public NatTestRun(NatTestOptions options, TimeProvider time)
        : this(options, time, () => new UdpStunTransport(options.Local), new TcpMappingTest(options, time, static make => make()).RunAsync)
    {
    }

    /// <summary>A test over sockets of the caller's.</summary>
    /// <param name="options">What is tested.</param>
    /// <param name="time">The clock of all waits.</param>
    /// <param name="open">Opens a socket on a fresh local port.</param>
    /// <param name="testTcp">Tests mapping over TCP, given the server's other address; null leaves it out.</param>
    public NatTestRun(
        NatTestOptions options, TimeProvider time, Func<IStunTransport> open, Func<IPEndPoint, CancellationToken, Task<NatBehaviour>>? testTcp)
    {
        _options = options;
        _open = open;
        _testTcp = options.Tcp ? testTcp : null;
        _client = new StunClient(time, options.Timers);
    }

    /// <summary>Runs the tests one after the other, each from a port of its own where an earlier one would spoil it.</summary>
    public async Task<NatTestReport> RunAsync(CancellationToken cancellation)
    {
        using IStunTransport transport = _open();
        StunMessage? first = await AskAsync(transport, _options.Server, cancellation);
        IPEndPoint? other = first?.OtherAddress;
        var report = new NatTestReport(
            _options.Server, other, transport.Local, first?.MappedAddress, NatBehaviour.Unknown, NatBehaviour.Unknown, NatBehaviour.Unknown,
            IsHairpinning: null, LifetimeAtLeast: null, LifetimeBelow: null);
        if (first?.MappedAddress is not { } mapped)
            return report;

        report = report with { IsHairpinning = await TestHairpinAsync(transport, mapped, cancellation) };
        if (other is not null && !other.Address.Equals(_options.Server.Address) && other.Port != _options.Server.Port)
        {
            report = report with
            {
                Mapping = await TestMappingAsync(transport, mapped, other, cancellation),
                Filtering = await TestFilteringAsync(cancellation),
                TcpMapping = _testTcp is null ? NatBehaviour.Unknown : await _testTcp(other, cancellation),
            };
        }

        return _options.LifetimeMax > TimeSpan.Zero ? await TestLifetimeAsync(report, cancellation) : report;
    }

    /// <summary>Tells the mapping behaviour from what three requests were mapped to (section 4.3).</summary>
    /// <param name="local">Own endpoint.</param>
    /// <param name="primary">Mapped towards the server's address and port.</param>
    /// <param name="otherAddress">Towards its other address; null without an answer.</param>
    /// <param name="otherBoth">Towards its other address and other port; null without an answer.</param>
    internal static NatBehaviour Classify(IPEndPoint local, IPEndPoint primary, IPEndPoint? otherAddress, IPEndPoint? otherBoth)
    {
        if (local.Equals(primary))
            return NatBehaviour.NoNat;
        if (otherAddress is null)
            return NatBehaviour.Unknown;
        if (otherAddress.Equals(primary))
            return NatBehaviour.EndpointIndependent;
        if (otherBoth is null)
            return NatBehaviour.Unknown;
        return otherBoth.Equals(otherAddress) ? NatBehaviour.AddressDependent : NatBehaviour.AddressAndPortDependent;
    }

    private Task<StunMessage?> AskAsync(IStunTransport transport, IPEndPoint server, CancellationToken cancellation) =>
        _client.AskAsync(transport, server, new StunRequest(), mayBeSilent: false, cancellation);

    private async Task<NatBehaviour> TestMappingAsync(
        IStunTransport transport, IPEndPoint mapped, IPEndPoint other, CancellationToken cancellation)
    {
        if (transport.Local.Equals(mapped))
            return NatBehaviour.NoNat;
        StunMessage? second = await AskAsync(transport, new IPEndPoint(other.Address, _options.Server.Port), cancellation);
        StunMessage? third = second?.MappedAddress is null || second.MappedAddress.Equals(mapped)
            ? null
            : await AskAsync(transport, other, cancellation);
        return Classify(transport.Local, mapped, second?.MappedAddress, third?.MappedAddress);
    }

    // From a fresh port: the mapping test has sent to the server's other address, which opens an address-dependent filter.
    private async Task<NatBehaviour> TestFilteringAsync(CancellationToken cancellation)
    {
        using IStunTransport transport = _open();
        if (await AskAsync(transport, _options.Server, cancellation) is null)
            return NatBehaviour.Unknown;
        var fromOther = new StunRequest { ChangeAddress = true, ChangePort = true };
        if (await _client.AskAsync(transport, _options.Server, fromOther, mayBeSilent: true, cancellation) is not null)
            return NatBehaviour.EndpointIndependent;
        var fromOtherPort = new StunRequest { ChangePort = true };
        return await _client.AskAsync(transport, _options.Server, fromOtherPort, mayBeSilent: true, cancellation) is not null
            ? NatBehaviour.AddressDependent
            : NatBehaviour.AddressAndPortDependent;
    }

    // Section 4.5. Without a NAT the packet goes to the own port, which says nothing about any NAT.
    private async Task<bool?> TestHairpinAsync(IStunTransport transport, IPEndPoint mapped, CancellationToken cancellation)
    {
        if (transport.Local.Equals(mapped))
            return null;
        using IStunTransport sender = _open();
        StunMessage? arrived = await _client.AskAsync(
            sender, transport, mapped, new StunRequest(), StunMessage.BindingRequest, mayBeSilent: true, cancellation);
        return arrived is not null;
    }

    // Section 4.6, by halves: alive after "low", not alive after "high". Each probe begins with a fresh mapping.
    private async Task<NatTestReport> TestLifetimeAsync(NatTestReport report, CancellationToken cancellation)
    {
        TimeSpan low = TimeSpan.Zero;
        TimeSpan high = _options.LifetimeMax;
        bool? isAlive = await IsAliveAfterAsync(high, cancellation);
        if (isAlive is null)
            return report;
        if (isAlive.Value)
            return report with { LifetimeAtLeast = high };
        while (high - low > _options.LifetimeStep)
        {
            TimeSpan middle = low + ((high - low) / 2);
            isAlive = await IsAliveAfterAsync(middle, cancellation);
            if (isAlive is null)
                return report;
            if (isAlive.Value)
                low = middle;
            else
                high = middle;
        }

        return report with { LifetimeAtLeast = low, LifetimeBelow = high };
    }

    private async Task<bool?> IsAliveAfterAsync(TimeSpan silence, CancellationToken cancellation)
    {
        using IStunTransport mapping = _open();
        using IStunTransport prober = _open();
        StunMessage? mapped = await AskAsync(mapping, _options.Server, cancellation);
        if (mapped?.MappedAddress is null)
            return null;
        await _client.PassAsync(mapping, silence, cancellation);
        var probe = new StunRequest { ResponsePort = (ushort)mapped.MappedAddress.Port };
        return await _client.AskAsync(
            prober, mapping, _options.Server, probe, StunMessage.BindingSuccess, mayBeSilent: true, cancellation) is not null;
    }
}
