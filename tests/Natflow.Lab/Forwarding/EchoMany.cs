using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Forwarding;

/// <summary>Many TCP connections to an echo server, all open at once.</summary>
internal static class EchoMany
{
    private const int EchoPort = 7;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Opens all, then sends a number of its own on each and waits for it to come back.</summary>
    /// <returns>On how many it did.</returns>
    internal static async Task<int> Run(LabHostShell host, string server, int count)
    {
        // A socket stays in the namespace it was opened in, whichever thread uses it later.
        Socket[] sockets = host.Invoke(() => Enumerable.Range(0, count).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray());
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var remote = new IPEndPoint(IPAddress.Parse(server), EchoPort);
            foreach (Socket[] some in sockets.Chunk(500))
                await Task.WhenAll(some.Select(socket => socket.ConnectAsync(remote, deadline.Token).AsTask()));
            bool[] echoed = await Task.WhenAll(sockets.Select((socket, index) => Echo(socket, index, deadline.Token)));
            return echoed.Count(static echo => echo);
        }
        finally
        {
            foreach (Socket socket in sockets)
                socket.Dispose();
        }
    }

    private static async Task<bool> Echo(Socket socket, int number, CancellationToken deadline)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        await socket.SendAsync(bytes, deadline);
        bytes.AsSpan().Clear();
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.ReadExactlyAsync(bytes, deadline);
        return BinaryPrimitives.ReadInt32BigEndian(bytes) == number;
    }
}
