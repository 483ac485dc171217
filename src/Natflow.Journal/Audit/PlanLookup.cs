using Natflow.Core;
using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>Computes who has a port under a rule of deterministic ports (RFC 7422): the inverse of the allocation, from the event alone.</summary>
internal static class PlanLookup
{
    internal static bool TryFind(NatPlanChanged plan, string publicAddress, int port, out uint user, out int firstPort)
    {
        user = 0;
        firstPort = 0;
        int addressIndex = plan.PublicAddresses.ToList().IndexOf(publicAddress);
        if (addressIndex < 0 || plan.PortsPerUser <= 0 || plan.UsersPerAddress <= 0 || port < plan.FirstPort)
            return false;
        int place = (port - plan.FirstPort) / plan.PortsPerUser;
        if (place >= plan.UsersPerAddress)
            return false;
        firstPort = plan.FirstPort + (place * plan.PortsPerUser);
        long index = ((long)addressIndex * plan.UsersPerAddress) + place;
        foreach (string text in plan.LanPrefixes)
        {
            if (!Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out _))
                return false;
            long size = (long)prefix.Last - prefix.Network + 1;
            if (index < size)
            {
                user = prefix.Network + (uint)index;
                return true;
            }

            index -= size;
        }

        return false;
    }
}
