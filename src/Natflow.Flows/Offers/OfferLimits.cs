namespace Natflow.Flows.Offers;

/// <summary>What a PPE can take: other flows are not offered.</summary>
/// <param name="HasMeters">Flows of metered users.</param>
/// <param name="HasMarking">Flows whose packets get a DSCP value.</param>
/// <param name="RoutesIpv6">IPv6 as it is.</param>
/// <param name="TranslatesIpv6">IPv6 with new addresses.</param>
/// <param name="WritesVlan">One VLAN tag.</param>
/// <param name="WritesQinQ">Two VLAN tags.</param>
/// <param name="WritesPppoe">PPPoE.</param>
/// <param name="ChecksGenerations">Voids entries by generation; if not, it is told of policy changes.</param>
/// <param name="RewritesBothEnds">Hairpinned flows.</param>
public sealed record OfferLimits(
    bool HasMeters, bool HasMarking, bool RoutesIpv6, bool TranslatesIpv6, bool WritesVlan, bool WritesQinQ, bool WritesPppoe, bool ChecksGenerations,
    bool RewritesBothEnds)
{
    /// <summary>Highest number of a rule that an entry can name.</summary>
    public const byte RuleNumberMax = byte.MaxValue;

    private const int EthernetBytes = 14;
    private const int VlanBytes = 4;
    private const int PppoeBytes = 8;

    /// <summary>Whether a link header can be written.</summary>
    internal bool Writes(int headerBytes, bool isPppoe)
    {
        int tagBytes = headerBytes - EthernetBytes - (isPppoe ? PppoeBytes : 0);
        return (!isPppoe || WritesPppoe) && tagBytes switch
        {
            0 => true,
            VlanBytes => WritesVlan,
            2 * VlanBytes => WritesQinQ,
            _ => headerBytes == 0, // As-is ways of captures and tests.
        };
    }
}
