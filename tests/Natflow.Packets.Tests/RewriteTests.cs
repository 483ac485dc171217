using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Packets.Icmp;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests;

public sealed class RewriteTests : IDisposable
{
    // Shapes of RandomFrames that have IPv4 ports: TCP, UDP, UDP without checksum, ICMP query, TCP with options.
    private static readonly int[] FlowShapes = [0, 1, 2, 3, 12];

    private readonly ParseRig _rig = new();

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 10)];

    public void Dispose() => _rig.Dispose();

    [Theory, MemberData(nameof(Seeds))]
    public void RewriteSourceAndDestination_RandomFlows_ChecksumsAgreeWithFullRecomputation(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 2_000; step++)
        {
            byte[] frame = prng.NextFrame(FlowShapes[step % FlowShapes.Length]);
            FrameDescriptor parsed = _rig.Parse(frame);
            uint addressBe = (uint)prng.NextULong();
            ushort portBe = (ushort)prng.NextULong();
            bool isSource = prng.Next(2) == 0;
            bool isQuery = parsed.Key.Protocol == IpProtocol.Icmp;
            uint oldAddressBe = isSource ? parsed.Key.SrcAddrBe : parsed.Key.DstAddrBe;
            ushort oldPortBe = isSource || isQuery ? parsed.Key.SrcPortBe : parsed.Key.DstPortBe;
            NatRewriter.ComputeDeltas(oldAddressBe, addressBe, oldPortBe, portBe, parsed.Key.Protocol, out ushort l3, out ushort l4);
            byte ttl = frame[parsed.L3Offset + 8];
            bool hadChecksum = parsed.Key.Protocol != IpProtocol.Udp || frame[parsed.L4Offset + 6] != 0 || frame[parsed.L4Offset + 7] != 0;

            if (isSource)
                NatRewriter.RewriteSource(frame, parsed.L3Offset, parsed.L4Offset, parsed.Key.Protocol, addressBe, portBe, l3, l4);
            else
                NatRewriter.RewriteDestination(frame, parsed.L3Offset, parsed.L4Offset, parsed.Key.Protocol, addressBe, portBe, l3, l4);

            string where = $"seed {seed}, step {step}";
            Assert.True(FrameChecker.FindFault(frame) is null, where);
            Assert.Equal(ttl - 1, frame[parsed.L3Offset + 8]);
            FrameDescriptor after = _rig.Parse(frame);
            Assert.Equal(addressBe, isSource ? after.Key.SrcAddrBe : after.Key.DstAddrBe);
            Assert.Equal(portBe, isSource || isQuery ? after.Key.SrcPortBe : after.Key.DstPortBe);
            bool hasChecksum = parsed.Key.Protocol != IpProtocol.Udp || frame[parsed.L4Offset + 6] != 0 || frame[parsed.L4Offset + 7] != 0;
            Assert.Equal(hadChecksum, hasChecksum);
        }
    }

    [Fact]
    public void UDP_25_ZeroChecksumStaysZero_AndAComputedZeroIsSentAsAllOnes()
    {
        int zeroResults = 0;
        for (int port = 0; port <= ushort.MaxValue; port++)
        {
            byte[] frame = PacketBuilder.Ethernet().Ipv4(0x0A00_0001, 0xC612_0001).Udp(1000, 53).Payload([1, 2]).ToArray();
            FrameDescriptor parsed = _rig.Parse(frame);
            NatRewriter.ComputeDeltas(parsed.Key.SrcAddrBe, parsed.Key.SrcAddrBe, parsed.Key.SrcPortBe, (ushort)port, IpProtocol.Udp, out ushort l3, out ushort l4);
            NatRewriter.RewriteSource(frame, 14, 34, IpProtocol.Udp, parsed.Key.SrcAddrBe, (ushort)port, l3, l4);
            Assert.NotEqual(0, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40)));
            Assert.Null(FrameChecker.FindFault(frame));
            if (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40)) == ushort.MaxValue)
                zeroResults++;
        }

        Assert.NotEqual(0, zeroResults);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void DecrementAndRestoreTtl_AreInverse(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 500; step++)
        {
            byte[] frame = prng.NextFrame(step % 6);
            byte[] before = (byte[])frame.Clone();
            int offset = FrameChecker.IpOffset(frame);

            NatRewriter.DecrementTtl(frame, offset);
            Assert.Equal(before[offset + 8] - 1, frame[offset + 8]);
            Assert.Null(FrameChecker.FindFault(frame));
            NatRewriter.RestoreTtl(frame, offset);

            Assert.Equal(before, frame);
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void IcmpErrorRewriter_RandomQuotes_AllChecksumsAgree(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 1_000; step++)
        {
            byte[] frame = prng.NextFrame(4);
            FrameDescriptor parsed = _rig.Parse(frame);
            Assert.Equal(DropReason.None, IcmpErrorParser.TryParse(frame, parsed.L3Offset, isCaptured: false, out IcmpErrorQuote quote));
            Assert.Equal((true, ChecksumState.Valid), (quote.IsHeaderChecksumValid, quote.OuterChecksum));
            uint addressBe = (uint)prng.NextULong();
            ushort portBe = (ushort)prng.NextULong();
            bool outbound = prng.Next(2) == 0;

            if (outbound)
                IcmpErrorRewriter.RewriteOutbound(frame, parsed.L3Offset, in quote, addressBe, addressBe, portBe);
            else
                IcmpErrorRewriter.RewriteInbound(frame, parsed.L3Offset, in quote, addressBe, addressBe, portBe);

            string? fault = FrameChecker.FindFault(frame);
            Assert.True(fault is null, $"seed {seed}, step {step}: {fault}");
            IcmpErrorParser.TryParse(frame, parsed.L3Offset, isCaptured: false, out IcmpErrorQuote after);
            Assert.Equal((addressBe, portBe), outbound ? (after.DstAddrBe, after.DstPortBe) : (after.SrcAddrBe, after.SrcPortBe));
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void IcmpErrorParser_AnyBytes_StaysInside(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 2_000; step++)
        {
            byte[] frame = prng.NextFrame(4);
            frame[14 + prng.Next(frame.Length - 14)] = (byte)prng.Next(256);
            ReadOnlySpan<byte> cut = frame.AsSpan(0, prng.Next(frame.Length + 1));
            if (IcmpErrorParser.TryParse(cut, Math.Min(FrameChecker.IpOffset(frame), 255), step % 2 == 0, out IcmpErrorQuote quote) != DropReason.None)
                continue;
            Assert.True(quote.L4Offset + 8 <= cut.Length, $"seed {seed}, step {step}");
            Assert.True(quote.L4ChecksumOffset + 2 <= cut.Length, $"seed {seed}, step {step}");
        }
    }
}
