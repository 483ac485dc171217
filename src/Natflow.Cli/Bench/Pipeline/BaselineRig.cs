using Natflow.Core;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>The baseline over the same frames: <see cref="DictionaryNat"/> called in a loop, copying into memory taken out of its time as for the pipeline.</summary>
internal sealed class BaselineRig
{
    private const int BurstLength = FrameDescriptor.BurstMax;

    private readonly DictionaryNat _nat;
    private readonly BenchFrames _outbound;
    private readonly byte[] _burst = new byte[BurstLength * BenchFrames.ImageBytes];

    /// <summary>Makes a baseline.</summary>
    internal BaselineRig(int flowCount, BenchFrames outbound)
    {
        _nat = new DictionaryNat(FlowPlan.PublicAddresses(flowCount));
        _outbound = outbound;
    }

    /// <summary>Opens all flows by one packet each.</summary>
    /// <returns>Flows per second.</returns>
    internal double Open()
    {
        int[] order = PipelineRig.Shuffled(_outbound.Count, seed: 7);
        return 1e9 / Run(order, order.Length);
    }

    /// <summary>Sends packets of random flows.</summary>
    /// <returns>Nanoseconds a packet.</returns>
    internal double Hit(int[] order, long packetCount) => Run(order, packetCount);

    private double Run(int[] order, long packetCount)
    {
        long ticks = 0;
        int position = 0;
        for (long done = 0; done < packetCount; done += BurstLength)
        {
            int count = (int)Math.Min(BurstLength, packetCount - done);
            for (int i = 0; i < count; i++)
            {
                _outbound.Image(order[position]).CopyTo(_burst.AsSpan(i * BenchFrames.ImageBytes));
                position = position + 1 == order.Length ? 0 : position + 1;
            }

            long start = TimeProvider.System.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                if (!_nat.Translate(_burst.AsSpan(i * BenchFrames.ImageBytes, BenchFrames.ImageBytes), fromInside: true))
                    throw new InvalidOperationException("the baseline has a port for each flow");
            }

            ticks += TimeProvider.System.GetTimestamp() - start;
        }

        return ticks * 1e9 / TimeProvider.System.TimestampFrequency / packetCount;
    }
}
