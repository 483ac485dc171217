using System.Text;
using Natflow.Flows.Hosts;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Qos;

namespace Natflow.Gateway.Users;

/// <summary>The compiled rules as shards ask them.</summary>
public sealed class FlowJudge(PolicyTables tables) : IFlowJudge
{
    /// <inheritdoc />
    public byte StatusOf(UInt128 address, byte portIndex, ulong mac)
    {
        AuthMatch match = tables.Match(AddressOf(address), portIndex, mac);
        return (byte)AuthMachine.Step(AuthState.NewAt(0), new AuthEvent(AuthEventKind.Seen, match), tables.Auth.Model.NoFlowTimeoutSeconds, 0, out _).Status;
    }

    /// <inheritdoc />
    public FlowJudgement Judge(byte status, in FlowSubject flow)
    {
        IpAddress inside = AddressOf(flow.Inside);
        IpAddress remote = AddressOf(flow.Remote);
        AuthState state = AuthState.NewAt(0) with { Status = (AuthStatus)status };
        AuthPacket packet = flow.IsFromInside
            ? new AuthPacket(IsFromUser: true, inside, remote, flow.Protocol, flow.InsidePort, flow.RemotePort)
            : new AuthPacket(IsFromUser: false, remote, inside, flow.Protocol, flow.RemotePort, flow.InsidePort);
        FlowTreatment treatment = AuthGate.Judge(tables.Auth, state, packet, tables.Models.MayUnmatchedPass) switch
        {
            AuthVerdict.Pass => FlowTreatment.Pass,
            AuthVerdict.PassUnauthenticated => FlowTreatment.PassUnauthenticated,
            AuthVerdict.RedirectHttp => FlowTreatment.RedirectHttp,
            AuthVerdict.Reset or AuthVerdict.RedirectHttps => FlowTreatment.Reset,
            _ => FlowTreatment.Drop,
        };
        if (treatment > FlowTreatment.PassUnauthenticated || tables.Qos.Count == 0)
            return new FlowJudgement(treatment, 0);
        int rule = tables.Qos.Match(new QosFlow(inside, flow.InsidePort, remote, flow.RemotePort, flow.Protocol));
        return new FlowJudgement(treatment, (ushort)(rule + 1));
    }

    /// <inheritdoc />
    public int WriteLocation(Span<byte> text, UInt128 address, byte portIndex, ulong mac, long nowMs)
    {
        IpAddress user = AddressOf(address);
        string location = PortalLocation.Of(tables.Auth.Model, user, mac, tables.Match(user, portIndex, mac).RuleId, nowMs);
        return Encoding.ASCII.TryGetBytes(location, text, out int length) ? length : 0;
    }

    /// <inheritdoc />
    public bool DecidesOnHosts => tables.Acl.DecidesAnything;

    /// <inheritdoc />
    public HostJudgement JudgeHost(ReadOnlySpan<byte> host, HostSource source, UInt128 address, ulong mac)
    {
        Span<char> name = stackalloc char[AclHost.LengthMax];
        bool mayHavePort = source is HostSource.HttpRequest or HostSource.HttpOther;
        int length = AclHost.Normalise(host, mayHavePort, name);
        AclVerdict verdict = tables.Acl.Match(name[..length], AddressOf(address), mac);
        AclAnswer answer = verdict.AnswerFor((AclSource)source, tables.Models.Acl.RedirectUrl.Length != 0, tables.Models.AclOptions);
        FlowTreatment treatment = answer switch
        {
            AclAnswer.Pass => FlowTreatment.Pass,
            AclAnswer.ResetBoth => FlowTreatment.Reset,
            AclAnswer.RedirectHttp => FlowTreatment.RedirectHost,
            AclAnswer.Unreachable => FlowTreatment.Unreachable,
            AclAnswer.NameError => FlowTreatment.NameError,
            AclAnswer.PortalAddress => FlowTreatment.PortalAddress,
            _ => FlowTreatment.Drop,
        };
        return new HostJudgement(treatment, verdict.Slot, (byte)verdict.Action);
    }

    /// <inheritdoc />
    public int WriteRefusalLocation(Span<byte> text) => Encoding.ASCII.TryGetBytes(tables.Models.Acl.RedirectUrl, text, out int length) ? length : 0;

    /// <inheritdoc />
    public UInt128 PortalAddress(bool isIpv6) => (isIpv6 ? tables.Auth.Model.RedirectIp6 : tables.Auth.Model.RedirectIp).Value;

    /// <summary>An address as rules know it.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it; host byte order.</param>
    public static IpAddress AddressOf(UInt128 address) =>
        MappedAddress.TryGetIPv4(address, out uint ipv4) ? IpAddress.FromIpv4(ipv4) : IpAddress.FromIpv6(address);

    /// <summary>An address as shards know it.</summary>
    public static UInt128 MappedOf(in IpAddress address) => address.IsIpv6 ? address.Value : MappedAddress.Of((uint)address.Value);
}
