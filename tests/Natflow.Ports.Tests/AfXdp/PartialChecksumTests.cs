using System.Buffers.Binary;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Ports.AfXdp;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Ports.Tests.AfXdp;

public sealed class PartialChecksumTests
{
    private static readonly byte[] Source6 = Convert.FromHexString("20010db8000000000000000000000001");
    private static readonly byte[] Destination6 = Convert.FromHexString("20010db8000000000000000000000002");

    [Theory]
    [InlineData(false, false, 0)]
    [InlineData(false, true, 0)]
    [InlineData(true, false, 0)]
    [InlineData(true, true, 0)]
    [InlineData(false, false, 1)]
    [InlineData(true, true, 2)]
    public void TryComplete_UnfinishedChecksum_IsFinished(bool isIpv6, bool isUdp, int tagCount)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            byte[] whole = Make(new Prng(seed), isIpv6, isUdp, tagCount);
            byte[] partial = MakePartial(whole, isUdp);
            Assert.False(partial.AsSpan().SequenceEqual(whole), $"seed {seed}");
            Assert.True(PartialChecksum.TryComplete(partial), $"seed {seed}");
            Assert.Equal(whole, partial);
            Assert.Null(FrameChecker.FindFault(partial));
        }
    }

    [Fact]
    public void TryComplete_FinishedOrOtherFrames_AreLeft()
    {
        var prng = new Prng(5);
        int completedCount = 0;
        for (int step = 0; step < 20_000; step++)
        {
            byte[] frame = prng.NextFrame(prng.Next(RandomFrames.ShapeCount));
            byte[] before = [.. frame];
            // Once in 65,536 a right checksum looks unfinished; it is finished to the same value.
            if (PartialChecksum.TryComplete(frame)) completedCount++;
            Assert.Equal(before, frame);
        }

        Assert.InRange(completedCount, 0, 5);
    }

    [Fact]
    public void TryComplete_RightChecksumThatLooksUnfinished_StaysRight()
    {
        byte[] frame = Make(new Prng(1), isIpv6: false, isUdp: false, tagCount: 0);
        int found = 0;
        // A payload word is turned until the right checksum equals the pseudo header's sum.
        for (int word = 0; word <= ushort.MaxValue && found == 0; word++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(^2), (ushort)word);
            byte[] partial = MakePartial(frame, isUdp: false);
            byte[] completed = [.. partial];
            _ = PartialChecksum.TryComplete(completed);
            if (!completed.AsSpan().SequenceEqual(partial)) continue;
            found++;
            Assert.Null(FrameChecker.FindFault(completed));
        }

        Assert.Equal(1, found);
    }

    [Fact]
    public void TryComplete_AnyBytes_StaysInside()
    {
        var prng = new Prng(9);
        for (int step = 0; step < 50_000; step++)
        {
            byte[] frame = prng.NextFrame(prng.Next(RandomFrames.ShapeCount));
            for (int damage = prng.Next(4); damage > 0; damage--)
                frame[prng.Next(frame.Length)] = (byte)prng.Next(256);
            _ = PartialChecksum.TryComplete(frame.AsSpan(0, prng.Next(frame.Length + 1)));
        }
    }

    private static byte[] Make(Prng prng, bool isIpv6, bool isUdp, int tagCount)
    {
        PacketBuilder builder = PacketBuilder.Ethernet();
        for (int i = 0; i < tagCount; i++)
            builder = builder.Vlan((ushort)(10 + i));
        builder = isIpv6 ? builder.Ipv6(Source6, Destination6) : builder.Ipv4(0x0A000001u + (uint)prng.Next(99), 0xC6330001);
        builder = isUdp ? builder.Udp((ushort)prng.Next(65536), 53) : builder.Tcp((ushort)prng.Next(65536), 80, 0x18, (uint)prng.NextULong());
        byte[] payload = new byte[2 + prng.Next(1300)];
        prng.NextBytes(payload);
        return builder.Payload(payload).ToArray();
    }

    // As Linux leaves it to the device: the folded sum of the pseudo header.
    private static byte[] MakePartial(byte[] whole, bool isUdp)
    {
        byte[] frame = [.. whole];
        int ip = FrameChecker.IpOffset(frame);
        bool isIpv6 = frame[ip] >> 4 == 6;
        int l4 = ip + (isIpv6 ? 40 : 20);
        int addresses = ip + (isIpv6 ? 8 : 12);
        Span<byte> pseudo = stackalloc byte[36];
        frame.AsSpan(addresses, isIpv6 ? 32 : 8).CopyTo(pseudo);
        pseudo[33] = (byte)(isUdp ? 17 : 6);
        BinaryPrimitives.WriteUInt16BigEndian(pseudo[34..], (ushort)(frame.Length - l4));
        ushort sum = (ushort)~Checksum.Compute(pseudo);
        BitConverter.TryWriteBytes(frame.AsSpan(l4 + (isUdp ? 6 : 16)), sum);
        return frame;
    }
}
