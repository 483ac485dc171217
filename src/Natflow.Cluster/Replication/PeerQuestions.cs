using System.Net;
using System.Net.Sockets;
using Natflow.Cluster.Ownership;

namespace Natflow.Cluster.Replication;

/// <summary>Questions between nodes: one a connection, over the listener of replication, with its TLS; bounded in size, in number and in time.</summary>
/// <remarks>Any thread.</remarks>
/// <param name="security">TLS, where there is any.</param>
/// <param name="clock">Time.</param>
internal sealed class PeerQuestions(ReplicationSecurity security, TimeProvider clock)
{
    private const int AnsweredMax = 16; // At a time; more are closed without an answer.

    private int _answering;

    /// <summary>Answers other nodes: null for none of these questions.</summary>
    internal Func<byte[], Task<byte[]?>>? Handler { get; set; }

    /// <summary>Asks nodes at once.</summary>
    /// <param name="nodes">Whom.</param>
    /// <param name="question">At most <see cref="ReplicationFrame.PayloadBytesMax"/> bytes.</param>
    /// <param name="longest">Longest wait for all.</param>
    /// <param name="cancellation">Gives it up.</param>
    internal async Task<IReadOnlyList<PeerAnswer>> Ask(IEnumerable<ClusterNode> nodes, byte[] question, TimeSpan longest, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        return await Task.WhenAll(nodes.Select(async node => new PeerAnswer(node.Id, await Ask(node, question, either.Token))));
    }

    /// <summary>Answers one that has come.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="cancellation">The end.</param>
    internal async Task Answer(Stream stream, byte[] question, CancellationToken cancellation)
    {
        if (Handler is not { } handler)
            return;
        try
        {
            if (Interlocked.Increment(ref _answering) <= AnsweredMax && await handler(question) is { Length: <= ReplicationFrame.PayloadBytesMax } answer)
                await stream.WriteAsync(Frame(ReplicationKind.Answer, answer), cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    private async Task<byte[]?> Ask(ClusterNode node, byte[] question, CancellationToken cancellation)
    {
        try
        {
            if (!IPEndPoint.TryParse(node.Replication, out IPEndPoint? endpoint))
                return null;
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endpoint, cancellation);
            await using Stream stream = await security.AsClient(new NetworkStream(socket, ownsSocket: false), endpoint.Address.ToString(), cancellation);
            await stream.WriteAsync(Frame(ReplicationKind.Question, question), cancellation);
            return await ReplicationFrame.Read(stream, cancellation) is { Frame.Kind: ReplicationKind.Answer } read ? read.Payload : null;
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            return null; // Whoever asked is told which node was silent.
        }
    }

    private static byte[] Frame(ReplicationKind kind, byte[] payload) => ReplicationFrame.Write(new ReplicationFrame(kind, 0, payload.Length, 0, 0), payload);
}
