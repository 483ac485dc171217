using System.Buffers.Binary;
using Natflow.Packets.Build;
using Natflow.Packets.Transport;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests;

public sealed class TcpOptionsTests
{
    [Fact]
    public void MoveNext_UsualSyn_GivesEachOption()
    {
        byte[] segment = Segment([2, 4, 5, 0xB4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0]);
        var options = new TcpOptions(segment);
        var kinds = new List<(byte, int)>();
        while (options.MoveNext())
            kinds.Add((options.Kind, options.ValueBytes));

        Assert.Equal([(TcpOptions.Mss, 2), (TcpOptions.WindowScale, 1), (TcpOptions.SackPermitted, 0), (TcpOptions.Timestamps, 8)], kinds);
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0 })] // A length of 0 would never end.
    [InlineData(new byte[] { 2, 1, 0, 0 })]
    [InlineData(new byte[] { 2, 40, 0, 0 })] // Beyond the header.
    [InlineData(new byte[] { 1, 1, 1, 2 })] // A kind without a length.
    [InlineData(new byte[] { 0, 2, 4, 5 })] // Behind the end of the list.
    public void MoveNext_LyingLength_EndsTheWalk(byte[] bytes)
    {
        var options = new TcpOptions(Segment(bytes));

        Assert.False(options.MoveNext());
    }

    [Fact]
    public void MoveNext_RandomBytes_StaysInside()
    {
        var prng = new Prng(5);
        for (int step = 0; step < 20_000; step++)
        {
            byte[] segment = prng.NextPayload(64);
            var options = new TcpOptions(segment);
            int count = 0;
            while (options.MoveNext())
            {
                Assert.True(options.ValueOffset + options.ValueBytes <= segment.Length, $"step {step}");
                Assert.True(++count <= 20, $"step {step}");
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 2, 4, 5, 0xB4 }, 1400, true)]
    [InlineData(new byte[] { 1, 2, 4, 5, 0xB4, 1, 1, 1 }, 1400, true)] // At an odd offset.
    [InlineData(new byte[] { 2, 4, 5, 0xB4 }, 1460, false)]
    [InlineData(new byte[] { 4, 2, 1, 1 }, 500, false)]
    public void TryClampMss_LowersOnlyWhatIsTooHigh_AndKeepsTheChecksumRight(byte[] options, int mssMax, bool isLowered)
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(1, 2).Tcp(1, 2, TcpFlags.Syn, options: options).ToArray();

        bool lowered = TcpOptions.TryClampMss(frame.AsSpan(34), (ushort)mssMax);

        Assert.Equal(isLowered, lowered);
        Assert.Null(FrameChecker.FindFault(frame));
        var walk = new TcpOptions(frame.AsSpan(34));
        while (lowered && walk.MoveNext())
        {
            if (walk.Kind == TcpOptions.Mss)
                Assert.Equal(mssMax, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34 + walk.ValueOffset)));
        }
    }

    private static byte[] Segment(byte[] options) => PacketBuilder.Ethernet().Ipv4(1, 2).Tcp(1, 2, TcpFlags.Syn, options: options).ToArray()[34..];
}
