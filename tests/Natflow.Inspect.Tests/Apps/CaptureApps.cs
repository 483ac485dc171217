using System.Text;
using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Inspect.Tests.Apps;

/// <summary>The rows that a classifier makes of a capture, without a gateway around it.</summary>
internal static class CaptureApps
{
    private static readonly InspectorSettings Settings =
        InspectorSettings.ForCaptures with { FlowCapacity = 1 << 14, BufferBytes = 16 << 20, ReportsAnswers = true };

    internal static string[] Read(string path, AppCatalogue catalogue, Umem umem, ChunkPool pool)
    {
        using var inspector = new Inspector(Settings);
        using var apps = new AppObserver(catalogue, new AppObserverSettings { FlowCapacity = 1 << 16, AnswerUsers = 64 });
        using var observer = new PacketObserver(inspector, Settings, apps);
        using var port = new PcapPort([path], 0, umem, pool, new CaptureClock());
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

            inspector.Observations.Clear();
        }

        bool isDone;
        do
        {
            isDone = inspector.TryFlush(nowNs);
            apps.OnObservations(inspector.Observations, 0);
            inspector.Observations.Clear();
        }
        while (!isDone);
        apps.Complete();

        using var text = new MemoryStream();
        AppRows.WriteTo(apps, text);
        return Encoding.ASCII.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
