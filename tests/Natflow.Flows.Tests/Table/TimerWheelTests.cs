using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Table;

public sealed class TimerWheelTests
{
    private const int Capacity = 300;
    private const long SlotMs = 1024;
    private const long SpanMs = 511 * SlotMs;

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void TryTakeDue_AnySequence_IsNeverEarlyAndLateByAtMostTwoSlots(int seed)
    {
        var prng = new Prng(seed);
        using var table = new FlowTable(Capacity, new FlowHash(1));
        long now = prng.Next(1_000_000);
        using var wheel = new TimerWheel(table, now);
        var model = new Dictionary<uint, long>();
        int taken = 0;
        for (int step = 0; step < 5_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            if (prng.Next(3) != 0 && model.Count < Capacity)
            {
                uint flow = table.Allocate();
                model[flow] = now + prng.Next(prng.Next(10) == 0 ? 8_000_000 : 300_000);
                wheel.Schedule(flow, model[flow]);
            }
            else if (model.Count > 0 && prng.Next(4) == 0)
            {
                uint flow = model.Keys.ElementAt(prng.Next(model.Count));
                wheel.Unschedule(flow);
                model.Remove(flow);
                table.Free(flow);
            }

            now += prng.Next(20) == 0 ? prng.Next(2_000_000) : prng.Next(3_000);
            while (wheel.TryTakeDue(now, out uint due))
            {
                Assert.True(model.TryGetValue(due, out long deadline), where);
                if (deadline > now)
                {
                    // Beyond the span it comes round to be looked at again.
                    wheel.Schedule(due, deadline);
                    continue;
                }

                model.Remove(due);
                table.Free(due);
                taken++;
            }

            Assert.True(model.Values.All(deadline => deadline > now - (2 * SlotMs)), where);
        }

        Assert.True(taken > 500, "the run must have expired flows");
    }

    [Fact]
    public void Schedule_BeyondTheSpan_ComesRoundInTheFarthestSlot()
    {
        using var table = new FlowTable(4, new FlowHash(1));
        using var wheel = new TimerWheel(table, 0);
        uint flow = table.Allocate();
        wheel.Schedule(flow, 10 * SpanMs);

        Assert.False(wheel.TryTakeDue(SpanMs - 1, out _));
        Assert.True(wheel.TryTakeDue(SpanMs, out uint due));
        Assert.Equal(flow, due);
    }
}
