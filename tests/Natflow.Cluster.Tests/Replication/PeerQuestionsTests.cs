using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster.Tests.Replication;

/// <summary>Questions between nodes: answered, or told as not answered, and never waited for beyond the bound.</summary>
public sealed class PeerQuestionsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Ask_NodesThatAnswer_EachSaysItsOwn()
    {
        await using var a = new Peer("a", static question => Task.FromResult<byte[]?>([.. "a: "u8, .. question]));
        await using var b = new Peer("b", static question => Task.FromResult<byte[]?>([.. "b: "u8, .. question]));
        IReadOnlyList<PeerAnswer> answers = await Questions().Ask([a.Node, b.Node], "who"u8.ToArray(), Long, CancellationToken.None);
        Assert.Equal(["a=a: who", "b=b: who"], answers.Select(static answer => $"{answer.Node}={Encoding.UTF8.GetString(answer.Payload!)}"));
    }

    [Fact]
    public async Task Ask_SilentDeadAndIgnorantNodes_AreNamedAndTheOthersAnswer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(); // Accepts, as a paused process does, and says nothing.
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        ClusterNode dead = NodeAt("dead", (IPEndPoint)gone.LocalEndpoint);
        gone.Stop();
        await using var ignorant = new Peer("ignorant", static _ => Task.FromResult<byte[]?>(null));
        await using var fine = new Peer("fine", static _ => Task.FromResult<byte[]?>([1]));
        ClusterNode[] nodes = [NodeAt("silent", (IPEndPoint)silent.LocalEndpoint), dead, ignorant.Node, fine.Node, NodeAt("nowhere", "no address")];
        IReadOnlyList<PeerAnswer> answers = await Questions().Ask(nodes, [7], Short, CancellationToken.None);
        Assert.Equal(["silent", "dead", "ignorant", "nowhere"], answers.Where(static answer => answer.Payload is null).Select(static answer => answer.Node));
        Assert.Equal([1], answers.Single(static answer => answer.Node == "fine").Payload);
    }

    [Fact]
    public async Task Ask_TooLongAnAnswer_IsNone()
    {
        await using var peer = new Peer("a", static _ => Task.FromResult<byte[]?>(new byte[ReplicationFrame.PayloadBytesMax + 1]));
        Assert.Null((await Questions().Ask([peer.Node], [7], Long, CancellationToken.None))[0].Payload);
    }

    private static PeerQuestions Questions() => new(new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);

    private static ClusterNode NodeAt(string name, IPEndPoint endpoint) => NodeAt(name, endpoint.ToString());

    private static ClusterNode NodeAt(string name, string endpoint) => new(name, NodeState.Up, 100, 1, endpoint, "-");

    private sealed class Peer : IAsyncDisposable
    {
        private readonly ReplicationServer _server;

        internal Peer(string name, Func<byte[], Task<byte[]?>> handler)
        {
            PeerQuestions questions = Questions();
            questions.Handler = handler;
            _server = new ReplicationServer(
                new IPEndPoint(IPAddress.Loopback, 0), static (_, _) => Task.FromResult<ReplicationLog?>(null), static _ => Task.CompletedTask, questions, new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);
            Node = NodeAt(name, _server.Endpoint);
        }

        internal ClusterNode Node { get; }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
