using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Observe;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>Reads what a capture's flows asked for, from frames as they were recorded. One thread.</summary>
public sealed class CaptureInspection : IDisposable
{
    private const int TakeAt = 1024;

    private readonly Inspector _inspector;
    private readonly PacketObserver _observer;
    private readonly AppObserver? _apps;
    private long _nowNs;

    /// <summary>Reserves memory.</summary>
    /// <param name="settings">Sizes and budgets.</param>
    /// <param name="apps">Classifies the flows; null where nobody asked. The caller disposes of it.</param>
    public CaptureInspection(InspectorSettings settings, AppObserver? apps = null)
    {
        _inspector = new Inspector(settings);
        _observer = new PacketObserver(_inspector, settings, apps);
        _apps = apps;
    }

    /// <summary>What was seen.</summary>
    public ObservationRows Rows { get; } = new();

    /// <summary>What was counted.</summary>
    public InspectorCounters Counters => _inspector.Counters;

    /// <summary>Handles a burst of recorded frames, before any of them is changed.</summary>
    internal void OnBurst(Umem umem, ReadOnlySpan<FrameDescriptor> frames)
    {
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            _nowNs = Math.Max(_nowNs, CaptureNote.Read(umem, frame.FrameOffset).TimestampNs);
            _ = _observer.OnFrame(umem.Frame(frame.FrameOffset, frame.LengthBytes), _nowNs);
            if (_inspector.Observations.Count >= TakeAt) Take();
        }

        Take();
    }

    /// <summary>Ends all flows. No frame follows.</summary>
    internal void Finish()
    {
        bool isDone;
        do
        {
            isDone = _inspector.TryFlush(_nowNs);
            _apps?.OnObservations(_inspector.Observations, 0);
            Take();
        }
        while (!isDone);
        _apps?.Complete();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _observer.Dispose();
        _inspector.Dispose();
    }

    private void Take()
    {
        Rows.Add(_inspector.Observations);
        _inspector.Observations.Clear();
    }
}
