using Natflow.Ports.Pcap;

namespace Natflow.Cli.Demo;

/// <summary>Frames of the demo with their times, and what they were for.</summary>
internal sealed class OfficeLog
{
    // 2026-01-05T08:00:00Z: the office opens.
    private const long StartNs = 1_767_600_000L * 1_000_000_000;

    private readonly List<(long TimeNs, byte[] Frame)> _frames = [];
    private readonly Dictionary<string, (int Conversations, int Packets, long Bytes)> _applications = [];
    private string _application = string.Empty;

    /// <summary>Conversations, packets and bytes by application.</summary>
    internal IReadOnlyDictionary<string, (int Conversations, int Packets, long Bytes)> Applications => _applications;

    /// <summary>Frames in all.</summary>
    internal int FrameCount => _frames.Count;

    /// <summary>What follows belongs to a new conversation of this application.</summary>
    internal void Begin(string application)
    {
        _application = application;
        (int conversations, int packets, long bytes) = _applications.GetValueOrDefault(application);
        _applications[application] = (conversations + 1, packets, bytes);
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="timeNs">Nanoseconds after the office opens.</param>
    /// <param name="frame">The frame.</param>
    internal void Add(long timeNs, byte[] frame)
    {
        _frames.Add((timeNs, frame));
        (int conversations, int packets, long bytes) = _applications[_application];
        _applications[_application] = (conversations, packets + 1, bytes + frame.Length);
    }

    /// <summary>Writes all frames in order of time.</summary>
    internal void WriteTo(PcapWriter writer)
    {
        foreach ((long timeNs, byte[] frame) in _frames.OrderBy(static entry => entry.TimeNs))
            writer.Write(StartNs + timeNs, frame, (uint)frame.Length);
    }
}
