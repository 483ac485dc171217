using System.Buffers.Binary;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Users;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Users;
using Natflow.Inspect.Catalogue;
using Natflow.Packets.Build;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Sets;

namespace Natflow.Gateway.Tests.Users;

/// <summary>A plane with users, and what the wire sees of it.</summary>
internal sealed class PolicyRig : IDisposable, IPolicyEventSink
{
    internal const uint Portal = 0x0A0A0A0A;
    internal const ulong Mac = 0x02_00_00_00_00_01;

    private readonly AppCatalogue? _catalogue;

    internal PolicyRig(PolicyModels? models = null, int shards = 1, bool inspects = false, Func<NatSettings, NatSettings>? change = null)
    {
        _catalogue = inspects ? AppCatalogue.LoadBuiltIn(seed: 3) : null;
        Plane = new PlaneRig(shards: shards, change: change, inspection: _catalogue is null ? null : system => new InspectionPlan
        {
            Sink = system.ActorOf(Props.Create(() => new InspectionSink(_catalogue, null, null))),
            Catalogue = _catalogue,
            FlowsMax = 1000,
            HostsMax = 100,
            MakeHandler = static _ => HostRules.Judge,
        });
        Control = Plane.StartUsers(models ?? PolicyModels.Default, this);
    }

    internal static uint Alice { get; } = Frames.Subscriber(0);

    internal static uint Bob { get; } = Frames.Subscriber(1);

    internal PlaneRig Plane { get; }

    internal UserControl Control { get; }

    internal List<PolicyEvent> Events { get; } = [];

    /// <summary>Gets who waits for the record; by default nobody waits.</summary>
    internal Action<Action> OnWhenKept { get; set; } = static done => done();

    public void Publish(PolicyEvent policyEvent) => Events.Add(policyEvent);

    public void WhenKept(Action done) => OnWhenKept(done);

    public void Dispose()
    {
        Plane.Dispose();
        _catalogue?.Dispose();
    }

    /// <summary>Auth rules as lines of the control language, over a set "all" of every IPv4 address and sets of single addresses.</summary>
    internal static PolicyModels Auth(params string[] lines)
    {
        AuthModel model = AuthModel.Default;
        foreach (string line in (string[])["disabled=0", .. lines])
        {
            ControlStep<AuthModel> step = AuthControl.Apply(model, line);
            Assert.True(step.Result.IsTaken, step.Result.Error);
            model = step.Model;
        }

        return PolicyModels.Default with { Auth = model, Sets = new SetCatalog([Set("all", "0.0.0.0/1", "128.0.0.0/1"), Set("server", "198.51.100.1"), Set("alice", "10.0.0.1")]) };
    }

    internal static NamedSet Set(string name, params string[] entries)
    {
        var builder = new NamedSetBuilder();
        foreach (string entry in entries)
            Assert.True(builder.TryAdd(entry, out string? error), error);
        return builder.Build(name);
    }

    /// <summary>Sends a frame from inside; what leaves on each side since then.</summary>
    internal (List<byte[]> Wan, List<byte[]> Lan) Send(byte[] frame)
    {
        Plane.Lan[0].Feed(frame);
        Plane.Settle();
        return (PlaneRig.Sent(Plane.Wan[0]), PlaneRig.Sent(Plane.Lan[0]));
    }

    /// <summary>Sends a frame from outside.</summary>
    internal List<byte[]> Answer(byte[] frame) => SendFromServer(frame).Lan;

    /// <summary>Sends a frame from outside; what leaves on either side.</summary>
    internal (List<byte[]> Wan, List<byte[]> Lan) SendFromServer(byte[] frame)
    {
        Plane.Wan[0].Feed(frame);
        Plane.Settle();
        return (PlaneRig.Sent(Plane.Wan[0]), PlaneRig.Sent(Plane.Lan[0]));
    }

    internal static byte[] Udp(uint source, ushort port = 5000, ushort remotePort = Frames.ServerPort, int payloadBytes = 24) => PacketBuilder.Ethernet(source: Mac)
        .Ipv4(source, Frames.Server).Udp(port, remotePort).Payload(new byte[payloadBytes]).ToArray();

    internal static byte[] Tcp(uint source, ushort remotePort, byte flags, uint sequence = 1000, uint acknowledged = 0, string text = "", uint destination = Frames.Server) =>
        PacketBuilder.Ethernet(source: Mac).Ipv4(source, destination).Tcp(6000, remotePort, flags, sequence, acknowledged).Payload(System.Text.Encoding.ASCII.GetBytes(text)).ToArray();

    /// <summary>The answer of the server to a translated datagram.</summary>
    internal static byte[] Reply(byte[] sent, int payloadBytes = 24) => PacketBuilder.Ethernet()
        .Ipv4(Frames.Dst(sent), Frames.Src(sent)).Udp(Frames.DstPort(sent), Frames.SrcPort(sent)).Payload(new byte[payloadBytes]).ToArray();

    internal static byte TcpFlagsOf(byte[] frame) => frame[14 + 20 + 13];

    internal static byte DscpOf(byte[] frame) => (byte)(frame[15] >> 2);

    internal static string TextOf(byte[] frame) => System.Text.Encoding.ASCII.GetString(frame.AsSpan(14 + 20 + ((frame[46] >> 4) * 4)));

    internal async Task<T> Turn<T>(Task<T> asked)
    {
        for (int i = 0; i < 10 && !asked.IsCompleted; i++)
            Plane.Settle();
        T answer = await asked;
        Plane.Settle();
        return answer;
    }

    internal ulong Drops(DropReason reason) => Plane.Plane.ReadDrops(reason);

    internal UserRecordView Record(uint address)
    {
        Flows.Shards.ShardState state = Plane.State();
        uint index = state.Users.Find(BinaryPrimitives.ReverseEndianness(address), 0);
        return new UserRecordView(state.Users[index].Status, state.Users[index].Marks);
    }

    internal readonly record struct UserRecordView(byte Status, UserMarks Marks);
}
