using System.Text;
using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Inspect.Tests.Truth;

/// <summary>The rows that an inspector makes of a capture, without a gateway around it.</summary>
internal static class CaptureRows
{
    private static readonly InspectorSettings Settings = InspectorSettings.ForCaptures with { FlowCapacity = 1 << 16, BufferBytes = 64 << 20 };

    internal static string[] Read(string path, Umem umem, ChunkPool pool)
    {
        using var inspector = new Inspector(Settings);
        using var observer = new PacketObserver(inspector, Settings);
        using var port = new PcapPort([path], 0, umem, pool, new CaptureClock());
        var rows = new ObservationRows();
        var burst = new FrameDescriptor[FrameDescriptor.BurstMax];
        long nowNs = 0;
        while (!port.IsExhausted)
        {
            int count = port.Receive(burst);
            foreach (ref readonly FrameDescriptor frame in burst.AsSpan(0, count))
            {
                nowNs = Math.Max(nowNs, CaptureNote.Read(umem, frame.FrameOffset).TimestampNs);
                observer.OnFrame(umem.Frame(frame.FrameOffset, frame.LengthBytes), nowNs);
                pool.Return(umem.ChunkOf(frame.FrameOffset));
            }

            Take(inspector, rows);
        }

        bool isDone;
        do
        {
            isDone = inspector.TryFlush(nowNs);
            Take(inspector, rows);
        }
        while (!isDone);

        using var text = new MemoryStream();
        rows.WriteTo(text);
        return Encoding.ASCII.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Take(Inspector inspector, ObservationRows rows)
    {
        rows.Add(inspector.Observations);
        inspector.Observations.Clear();
    }
}
