using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Observe;

/// <summary>Memory and allocation under load.</summary>
public sealed class LimitTests
{
    private const uint QuicVersion1 = 1;

    private static readonly byte[] Name = "www.example.org"u8.ToArray();

    [Fact]
    public void OnTcp_LastPagesTaken_AnotherFlowGivesWayAndNeverTheOneThatAsks()
    {
        const int pageBytes = 2048;
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 2 * pageBytes });
        string head = $"GET /a HTTP/1.1\r\nX: {new string('x', 1000)}\r\n";
        rig.Send(1000, head, flow: 1);
        rig.Send(1000, head, flow: 2);
        rig.Send((uint)(1000 + head.Length), $"Y: {new string('y', 1500)}\r\nHost: one.example\r\n\r\n", flow: 1);
        Assert.Equal(["Http GET one.example /a"], rig.Seen);
        Assert.Equal(1ul, rig.Inspector.Counters.FlowsEvicted);
    }

    [Fact]
    public void OnTcp_AMillionHalfOpenHellosOfGarbage_StayUnderTheCap()
    {
        const int flowCount = 1_000_000;
        var settings = new InspectorSettings { FlowCapacity = 50_000, BufferBytes = 16 << 20 };
        using var rig = new Rig(settings);
        var prng = new Prng(1);
        byte[] garbage = new byte[300];
        prng.NextBytes(garbage);
        new byte[] { 22, 3, 1, 0x40, 0, 1, 0, 0x3F, 0x00 }.CopyTo(garbage, 0);
        byte[] hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name));
        int pagesMax = 0;
        int honest = 0;
        for (int flow = 1; flow <= flowCount; flow++)
        {
            rig.Send(1000, garbage, flow);
            pagesMax = Math.Max(pagesMax, rig.Inspector.Counters.PagesUsed);
            if (flow % 1000 != 0) continue;

            // An honest flow among them, in two segments, is decided all the same.
            rig.Send(1000, hello.AsSpan(0, 50), flow + flowCount);
            Assert.Equal(InspectOutcome.Done, rig.Send(1050, hello.AsSpan(50), flow + flowCount));
            honest += rig.Seen.Length;
        }

        Assert.Equal(flowCount / 1000, honest);
        Assert.True(rig.Inspector.FlowCount <= settings.FlowCapacity);
        Assert.InRange(pagesMax, 1, settings.BufferBytes / 2048);
        Assert.True(rig.Inspector.Counters.FlowsEvicted > flowCount / 2);
    }

    [Fact]
    public void OnPackets_InSteadyState_NothingIsAllocated()
    {
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 256, BufferBytes = 1 << 20 });
        byte[] hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name, keyShareBytes: 1220));
        byte[] request = Rig.Bytes("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        byte[] query = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0, 0, 1, 0, 1];
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message(Name));
        byte[][] initials = [.. Enumerable.Range(1, 300).Select(i => QuicInitialBuilder.Packet(QuicVersion1, BitConverter.GetBytes(i), BitConverter.GetBytes(i), 0, frame))];
        long allocated = long.MaxValue; // Now and then the runtime allocates on this thread for itself: the least of some rounds counts.
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int flow = 1; flow < 1000; flow++)
            {
                rig.Send(1000, request, flow);
                rig.Send(1000, hello.AsSpan(0, 700), flow + 1000);
                rig.Send(1700, hello.AsSpan(700), flow + 1000);
                rig.Send(2000, hello.AsSpan(100, 700), flow + 2000);
                rig.SendUdp(query, port: 53, flow);
                rig.SendUdp(initials[flow % initials.Length], port: 443, flow);
                rig.SendUdp(query, port: 9999, flow);
                rig.Inspector.Observations.Clear();
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void OnUdp_BatchFull_IsCounted()
    {
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16, BatchCapacity = 2, BatchTextBytes = 100 });
        byte[] query = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0, 0, 1, 0, 1];
        for (int i = 0; i < 3; i++)
            rig.SendUdp(query, port: 53);
        Assert.Equal(2, rig.Inspector.Observations.Count);
        Assert.Equal(1u, rig.Inspector.Counters.BatchFull);
    }
}
