using Natflow.Core;
using Natflow.Policy.Sets;

namespace Natflow.Policy.Qos;

/// <summary>The rules with their sets found: immutable, any thread, no allocation in a match.</summary>
/// <remarks>A rule that names a set which is not there matches nothing, as in the original.</remarks>
public sealed class QosTable
{
    private readonly CompiledRule[] _rules;

    /// <summary>Compiles a model.</summary>
    public QosTable(QosModel model, SetCatalog sets)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sets);
        _rules = [.. model.Rules.Select(rule => new CompiledRule(rule, sets))];
    }

    /// <summary>Rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Position of the first rule that matches, from 0, or -1.</summary>
    public int Match(in QosFlow flow)
    {
        for (int i = 0; i < _rules.Length; i++)
        {
            if (_rules[i].Matches(flow))
                return i;
        }

        return -1;
    }

    private sealed class CompiledRule(QosRule rule, SetCatalog sets)
    {
        private readonly byte _protocol = rule.Protocol;
        private readonly AddressTest _user = new(rule.User, sets);
        private readonly AddressTest _remote = new(rule.Remote, sets);
        private readonly PortTest _userPort = new(rule.UserPort, sets);
        private readonly PortTest _remotePort = new(rule.RemotePort, sets);

        public bool Matches(in QosFlow flow)
        {
            if (_protocol != 0 && _protocol != flow.Protocol)
                return false;

            // A rule on ports is about flows that have them. The original let every ICMP and GRE packet through this test.
            bool hasPorts = flow.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
            return _user.Matches(flow.User) && _remote.Matches(flow.Remote)
                && _userPort.Matches(flow.UserPort, hasPorts) && _remotePort.Matches(flow.RemotePort, hasPorts);
        }
    }

    private readonly struct AddressTest(QosAddress address, SetCatalog sets)
    {
        private readonly bool _isAny = address.Net is null && address.SetName.Length == 0;
        private readonly IpNet? _net = address.Net;
        private readonly NamedSet? _set = sets.Find(address.SetName);

        // A net of one family never matches the other; the original took an IPv6 literal's first bits for an IPv4 address.
        public bool Matches(in IpAddress candidate) => _isAny || (_net is { } net ? net.Contains(candidate) : _set?.Contains(candidate) ?? false);
    }

    private readonly struct PortTest(QosPort port, SetCatalog sets)
    {
        private readonly bool _isAny = port.IsAny;
        private readonly ushort? _port = port.Port;
        private readonly NamedSet? _set = sets.Find(port.SetName);

        public bool Matches(ushort candidate, bool hasPorts) =>
            _isAny || (hasPorts && (_port is { } port ? port == candidate : _set?.ContainsPort(candidate) ?? false));
    }
}
