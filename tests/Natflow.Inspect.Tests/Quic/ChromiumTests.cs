using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Natflow.Inspect.Tests.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Quic;

/// <summary>Hellos of a browser that nobody here has written.</summary>
public sealed class ChromiumTests : IDisposable
{
    private const int DatagramBytesMax = 1 << 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("natflow-chromium-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ProgramTheory(ChromiumQuic.Program)]
    [InlineData("a.example", false)]
    [InlineData("many.labels.of.a.name.that.is.not.quite.short.example", true)]
    public void OnUdp_HelloOfChromium_GivesTheName(string name, bool isReversed)
    {
        byte[][] datagrams = Hello(name);
        Assert.NotEmpty(datagrams);
        if (isReversed)
            Array.Reverse(datagrams);
        using var rig = new Rig();
        foreach (byte[] datagram in datagrams)
            rig.SendUdp(datagram);
        Assert.Contains($"Quic {name} h3", Assert.Single(rig.Seen), StringComparison.Ordinal);
    }

    // What comes from the first of its ports until it begins again: nobody answers.
    private byte[][] Hello(string name)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Process chromium = Process.Start(new ProcessStartInfo(ChromiumQuic.Program, ChromiumQuic.Arguments(_folder, name, $"127.0.0.1:{((IPEndPoint)server.LocalEndPoint!).Port}"))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var datagrams = new List<byte[]>();
            byte[] buffer = new byte[DatagramBytesMax];
            EndPoint first = new IPEndPoint(IPAddress.Any, 0);
            int length = server.ReceiveFrom(buffer, ref first);
            datagrams.Add(buffer[..length]);
            while (server.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead))
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                length = server.ReceiveFrom(buffer, ref from);
                if (from.Equals(first))
                    datagrams.Add(buffer[..length]);
            }

            return [.. datagrams];
        }
        finally
        {
            chromium.Kill(entireProcessTree: true);
            chromium.WaitForExit();
        }
    }
}
