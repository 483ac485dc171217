using Natflow.Core;

namespace Natflow.Flows;

/// <summary>
/// Deterministic port ranges (RFC 7422): the subscribers' addresses in the order of the LAN prefixes, each with the same number of consecutive blocks, address
/// after address. Computable both ways from the configuration alone, so that no log is needed.
/// </summary>
/// <remarks>Immutable; any thread. Addresses and ports in host byte order. Subscribers of zone 0.</remarks>
public sealed class DeterministicPlan
{
    private readonly Ipv4Prefix[] _prefixes;
    private readonly int _firstPort;
    private readonly int _portsPerUser;
    private readonly int _usersPerAddress;
    private readonly int _addressCount;

    /// <summary>The plan of a configuration with <see cref="NatSettings.DeterministicBlocksPerUser"/> of at least 1.</summary>
    public DeterministicPlan(NatSettings settings)
    {
        _prefixes = [.. settings.LanPrefixes];
        _addressCount = settings.PublicAddresses.Count;
        _firstPort = PortBlocks.FirstBlockNumber(settings) * settings.PortBlockSize;
        _portsPerUser = settings.DeterministicBlocksPerUser * settings.PortBlockSize;
        _usersPerAddress = PortBlocks.BlocksPerAddress(settings) / settings.DeterministicBlocksPerUser;
    }

    /// <summary>Subscribers that the public addresses have room for.</summary>
    public long UserCountMax => (long)_usersPerAddress * _addressCount;

    /// <summary>Addresses in the LAN prefixes.</summary>
    public long UserCount => _prefixes.Sum(static prefix => (long)prefix.Last - prefix.Network + 1);

    /// <summary>Ports of each subscriber.</summary>
    public int PortsPerUser => _portsPerUser;

    /// <summary>The range of a subscriber.</summary>
    /// <param name="insideAddress">Its address.</param>
    /// <param name="addressIndex">Index of its public address.</param>
    /// <param name="firstPort">First of its <see cref="PortsPerUser"/> ports.</param>
    /// <returns>False for an address outside the LAN prefixes.</returns>
    public bool TryFindRange(uint insideAddress, out int addressIndex, out int firstPort)
    {
        long index = 0;
        foreach (Ipv4Prefix prefix in _prefixes)
        {
            if (prefix.Contains(insideAddress))
            {
                index += insideAddress - prefix.Network;
                addressIndex = (int)(index / _usersPerAddress);
                firstPort = _firstPort + ((int)(index % _usersPerAddress) * _portsPerUser);
                return addressIndex < _addressCount;
            }

            index += (long)prefix.Last - prefix.Network + 1;
        }

        addressIndex = 0;
        firstPort = 0;
        return false;
    }

    /// <summary>The subscriber behind a port: the inverse of <see cref="TryFindRange"/>.</summary>
    /// <param name="addressIndex">Index of the public address.</param>
    /// <param name="port">External port or query identifier.</param>
    /// <param name="insideAddress">The subscriber's address.</param>
    /// <returns>False for a port that is nobody's.</returns>
    public bool TryFindUser(int addressIndex, int port, out uint insideAddress)
    {
        insideAddress = 0;
        int place = (port - _firstPort) / _portsPerUser;
        if (port < _firstPort || place >= _usersPerAddress)
            return false;
        long index = ((long)addressIndex * _usersPerAddress) + place;
        foreach (Ipv4Prefix prefix in _prefixes)
        {
            long size = (long)prefix.Last - prefix.Network + 1;
            if (index < size)
            {
                insideAddress = prefix.Network + (uint)index;
                return true;
            }

            index -= size;
        }

        return false;
    }
}
