using System.Collections.Immutable;
using Natflow.Flows.Users;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Gateway.Users;

/// <summary>The gateway's rules, compiled. Immutable: replaced whole, so that nobody sees half of a change. Any thread.</summary>
public sealed class PolicyTables
{
    /// <summary>Zone of an interface that no zone rule names.</summary>
    public const uint NoZone = ZoneRule.IdMax + 1;

    /// <summary>Greatest DSCP value.</summary>
    public const byte DscpMax = 63;

    /// <summary>Compiles.</summary>
    /// <param name="models">What the operator said.</param>
    /// <param name="ports">The gateway's ports, by index.</param>
    public PolicyTables(PolicyModels models, IReadOnlyList<UserPort> ports)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(ports);
        Models = models;
        Auth = new AuthTable(models.Auth, models.Sets);
        Qos = new QosTable(models.Qos, models.Sets);
        Acl = new AclTable(models.Acl, models.Sets);
        Ports = [.. ports];
        Zones = [.. ports.Select(port => ZoneOf(models.Zones, port))];
    }

    /// <summary>What they are made of.</summary>
    public PolicyModels Models { get; }

    /// <summary>Who gets in.</summary>
    public AuthTable Auth { get; }

    /// <summary>Which flows share which rates.</summary>
    public QosTable Qos { get; }

    /// <summary>Which names are refused.</summary>
    public AclTable Acl { get; }

    /// <summary>The gateway's ports, by index.</summary>
    public ImmutableArray<UserPort> Ports { get; }

    /// <summary>Policy zone of each port, by index.</summary>
    public ImmutableArray<uint> Zones { get; }

    /// <summary>Policy zone of a port.</summary>
    public uint ZoneOf(byte portIndex) => portIndex < Zones.Length ? Zones[portIndex] : NoZone;

    /// <summary>What the auth rules say of a user.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="portIndex">LAN port that it is behind.</param>
    /// <param name="mac">Its MAC.</param>
    public AuthMatch Match(in Policy.IpAddress address, byte portIndex, ulong mac)
    {
        uint zone = ZoneOf(portIndex);
        return Auth.Match(zone, zone, address, mac);
    }

    /// <summary>Part of a contended line that a user has beside others.</summary>
    public ushort WeightOf(in Policy.IpAddress address, ulong mac)
    {
        foreach (ShareWeight weight in Models.Line.Weights)
        {
            if (Models.Sets.Contains(weight.SourceSet, address) || Models.Sets.ContainsMac(weight.SourceSet, mac))
                return weight.Weight;
        }

        return 1;
    }

    /// <summary>Puts the rules' meters and classes into the records that all shards and the PPE read.</summary>
    /// <param name="policies">The gateway's records.</param>
    public void Publish(PolicyTable policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        bool isMarking = Models.Qos.ClassIdMode != 0;
        for (int i = 0; i < Models.Qos.Rules.Length && i < PolicyTable.RuleNumberMax; i++)
        {
            QosRule rule = Models.Qos.Rules[i];
            if (isMarking)
                policies.SetRule((ushort)(i + 1), PolicyLimits.None, DscpOf(QosModel.UpClassId(i)), DscpOf(QosModel.DownClassId(i)), isExclusive: true);
            else
                policies.SetRule((ushort)(i + 1), QosLimits.Of(rule.RxBytesPerSecond, rule.TxBytesPerSecond, Models.Burst), null, null, isExclusive: false);
        }
    }

    // A class that no DSCP value can carry is not written: a wrong class would be worse than none.
    private static byte? DscpOf(ushort classId) => classId <= DscpMax ? (byte)classId : null;

    // Without any zone rule the number of the port's address space stands for its zone, so that a plain gateway needs none.
    private static uint ZoneOf(ZoneModel zones, UserPort port) =>
        zones.Rules.IsEmpty ? port.Zone : zones.Find(port.InterfaceName)?.Id ?? NoZone;
}
