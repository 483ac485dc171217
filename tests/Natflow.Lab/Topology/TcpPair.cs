using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;

namespace Natflow.Lab.Topology;

/// <summary>An established TCP connection from host A to host X, through the gateway.</summary>
internal sealed class TcpPair : IDisposable
{
    private TcpPair(Socket inside, Socket outside)
    {
        Inside = inside;
        Outside = outside;
    }

    /// <summary>A's end.</summary>
    internal Socket Inside { get; }

    /// <summary>X's end.</summary>
    internal Socket Outside { get; }

    /// <summary>Connects.</summary>
    /// <param name="lab">The lab; its gateway forwards.</param>
    /// <param name="port">Port of X that nothing else listens at.</param>
    internal static TcpPair Connect(TestLab lab, int port)
    {
        using Socket listener = lab.X.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(LabPlan.HostX), port));
            socket.Listen();
            return socket;
        });
        Socket inside = lab.A.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Parse(LabPlan.HostX), port);
            return socket;
        });
        return new TcpPair(inside, listener.Accept());
    }

    /// <summary>A word each way, from outside first: only a flow that is known lets it in.</summary>
    internal void AssertAlive()
    {
        Exchange(Outside, Inside);
        Exchange(Inside, Outside);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Inside.Dispose();
        Outside.Dispose();
    }

    private static void Exchange(Socket from, Socket to)
    {
        to.ReceiveTimeout = 30_000;
        byte[] word = "still there"u8.ToArray();
        from.Send(word);
        byte[] heard = new byte[word.Length];
        int count = 0;
        while (count < heard.Length)
            count += to.Receive(heard.AsSpan(count));
        Assert.Equal(word, heard);
    }
}
