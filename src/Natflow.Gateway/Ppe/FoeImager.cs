using System.Globalization;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>Encodes what a PPE has bound as a MediaTek chip would have it: its first port as the first of the chip, and so on. One thread.</summary>
internal sealed class FoeImager(IPpe ppe, BoundTable bound, LinkCache ways)
{
    private readonly FoeHandle[] _handle = new FoeHandle[1];
    private readonly PpeResult[] _result = new PpeResult[1];
    private readonly SortedDictionary<PpeResult, int> _refused = [];

    internal FoeImage Make(FoeImageRequest request, long nowMs)
    {
        using var chip = new MediaTekPpe(new MediaTekSettings(request.Soc, Ports()));
        foreach (ushort link in ways.Ready())
            chip.SetLink(link, in ways[link]);
        for (uint index = 0; index < bound.UsedEnd; index++)
        {
            ref BoundFlow flow = ref bound[index];
            if (flow.State != BoundState.Bound)
                continue;
            Bind(chip, flow.HandleOut, nowMs);
            if (flow.PartnerPlusOne == 0)
                Bind(chip, flow.HandleIn, nowMs); // Of a hairpinned flow it is the partner's.
        }

        return new FoeImage(request.Soc, [.. Enumerable.Range(0, chip.InstanceCount).Select(instance => Dump(chip, instance, request.BoundOnly))], _refused);
    }

    private static string Dump(MediaTekPpe chip, int instance, bool boundOnly)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        chip.Dump(writer, instance, boundOnly);
        return writer.ToString();
    }

    private void Bind(MediaTekPpe chip, uint handle, long nowMs)
    {
        if (!ppe.TryRead(new FoeHandle(handle), out FoeEntry entry))
            return;
        chip.Bind([entry], _handle, _result);
        if (_result[0] != PpeResult.Bound)
        {
            _refused[_result[0]] = _refused.GetValueOrDefault(_result[0]) + 1;
            return;
        }

        Span<FoeCounters> counters = stackalloc FoeCounters[1];
        Span<bool> isBound = stackalloc bool[1];
        ppe.ReadCounters([new FoeHandle(handle)], counters, isBound, (uint)nowMs);
        chip.Seed(_handle[0], in counters[0]);
    }

    private List<MediaTekPort> Ports()
    {
        var ports = new List<MediaTekPort>();
        foreach (ushort link in ways.Ready())
        {
            ref readonly PathRecord path = ref ways[link];
            if (!ports.Exists(port => port.PortIndex == ways[link].PortIndex && port.InterfaceIndex == ways[link].InterfaceIndex))
                ports.Add(new MediaTekPort(path.PortIndex, path.InterfaceIndex, path.PortIndex switch { 0 => FabricPort.Gdm1, 1 => FabricPort.Gdm2, _ => FabricPort.Gdm3 }));
        }

        return ports;
    }
}
