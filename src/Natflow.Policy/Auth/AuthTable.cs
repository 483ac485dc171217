using Natflow.Policy.Sets;

namespace Natflow.Policy.Auth;

/// <summary>The auth rules with their sets found. Immutable; any thread.</summary>
public sealed class AuthTable
{
    private readonly CompiledRule[] _rules;
    private readonly NamedSet? _destinationBypass;
    private readonly NamedSet? _sourceBypass;

    /// <summary>Compiles a model.</summary>
    public AuthTable(AuthModel model, SetCatalog sets)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sets);
        Model = model;
        _rules = [.. model.Rules.Select(rule => new CompiledRule(rule, sets))];
        _destinationBypass = sets.Find(model.DestinationBypassSet);
        _sourceBypass = sets.Find(model.SourceBypassSet);
    }

    /// <summary>The model it is of.</summary>
    public AuthModel Model { get; }

    /// <summary>The first rule whose zone is one of the two and whose source set holds the address.</summary>
    /// <param name="portZone">Zone of the interface the packet came in by.</param>
    /// <param name="bridgeZone">Zone of the bridge that the interface is a port of; else the same.</param>
    /// <param name="address">The user's address.</param>
    /// <param name="mac">The user's MAC.</param>
    public AuthMatch Match(uint portZone, uint bridgeZone, in IpAddress address, ulong mac)
    {
        foreach (CompiledRule rule in _rules)
        {
            if ((rule.Rule.Zone == portZone || rule.Rule.Zone == bridgeZone) && rule.HoldsSource(address))
                return new AuthMatch(rule.Rule.Type, rule.Rule.Id, rule.IsWhite(address, mac), Model.Generation);
        }

        return new AuthMatch(AuthType.Unknown, AuthState.NoRule, IsWhite: false, Model.Generation);
    }

    /// <summary>Whether a flow needs no login by its ends.</summary>
    public bool IsBypassed(in IpAddress source, in IpAddress destination) =>
        (_destinationBypass?.Contains(destination) ?? false) || (_sourceBypass?.Contains(source) ?? false);

    /// <summary>Whether an address is the portal.</summary>
    public bool IsPortal(in IpAddress address) => address == Model.RedirectIp || (address.Value != UInt128.Zero && address == Model.RedirectIp6);

    private readonly struct CompiledRule(AuthRule rule, SetCatalog sets)
    {
        private readonly NamedSet? _source = sets.Find(rule.SourceSet);
        private readonly NamedSet? _addressWhite = sets.Find(rule.AddressWhiteSet);
        private readonly NamedSet? _macWhite = sets.Find(rule.MacWhiteSet);

        public AuthRule Rule { get; } = rule;

        public bool HoldsSource(in IpAddress address) => _source?.Contains(address) ?? false;

        public bool IsWhite(in IpAddress address, ulong mac) => (_addressWhite?.Contains(address) ?? false) || (_macWhite?.ContainsMac(mac) ?? false);
    }
}
