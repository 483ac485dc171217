using Natflow.Host.Replay;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Tests.Replay;

/// <summary>A folder with captures for one test, gone after it.</summary>
internal sealed class ReplayFolder : IDisposable
{
    private const long StartNs = 1_767_600_000L * 1_000_000_000;
    private const long GapNs = 1_000_000;

    private readonly string _path = Directory.CreateTempSubdirectory("natflow-replay-").FullName;

    internal string Of(string name) => Path.Combine(_path, name);

    /// <summary>Writes frames a millisecond apart.</summary>
    internal string Write(string name, IEnumerable<byte[]> frames)
    {
        string path = Of(name);
        Assert.True(PcapWriter.TryCreate(path, out PcapWriter? writer, out CaptureError? error), error?.ToString());
        using (writer)
        {
            long timeNs = StartNs;
            foreach (byte[] frame in frames)
                writer.Write(timeNs += GapNs, frame, (uint)frame.Length);
        }

        return path;
    }

    internal static async Task<ReplayOutcome> Run(ReplayOptions options)
    {
        Assert.Empty(ReplayRun.Validate(options));
        (ReplayOutcome? outcome, CaptureError? error) = await new ReplayRun(options).Execute(static (_, _) => { });
        Assert.Null(error);
        Assert.NotNull(outcome);
        return outcome;
    }

    /// <summary>All frames of a capture.</summary>
    internal static List<byte[]> Read(string path)
    {
        Assert.True(CaptureReader.TryOpen(path, out CaptureReader? reader, out CaptureError? error), error?.ToString());
        var frames = new List<byte[]>();
        byte[] room = new byte[CaptureReader.PacketBytesMax];
        using (reader)
        {
            while (reader.TryRead(room, out CapturePacket packet))
                frames.Add(room[..packet.CapturedBytes]);
            Assert.Null(reader.Damage);
        }

        return frames;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
