using Natflow.Packets.Build;
using Natflow.Ports.Pcap;

namespace Natflow.Cli.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("natflow-cli-").FullName;

    internal string Of(string name) => Path.Combine(_path, name);

    /// <summary>A capture of a question and its answer.</summary>
    internal string Capture(string name = "in.pcap")
    {
        string path = Of(name);
        Assert.True(PcapWriter.TryCreate(path, out PcapWriter? writer, out CaptureError? error), error?.ToString());
        byte[] question = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0xC6336435).Udp(5000, 53).Payload(new byte[30]).ToArray();
        byte[] answer = PacketBuilder.Ethernet().Ipv4(0xC6336435, 0x0A000001).Udp(53, 5000).Payload(new byte[60]).ToArray();
        using (writer)
        {
            writer.Write(1_000_000_000, question, (uint)question.Length);
            writer.Write(1_020_000_000, answer, (uint)answer.Length);
        }

        return path;
    }

    /// <summary>A capture of a request.</summary>
    internal string RequestCapture()
    {
        string path = Of("request.pcap");
        Assert.True(PcapWriter.TryCreate(path, out PcapWriter? writer, out CaptureError? error), error?.ToString());
        byte[] request = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0xC0000201).Tcp(4000, 80, 0x18, 1, 1)
            .Payload("GET /x\\y HTTP/1.1\r\nHost: a.example\r\n\r\n"u8).ToArray();
        using (writer)
            writer.Write(1_000_000_000, request, (uint)request.Length);
        return path;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
