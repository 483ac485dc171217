using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Core.Tests;

public sealed class LayoutTests
{
    [Fact]
    public void FlowKey_Is16BytesWithoutPadding()
    {
        Assert.Equal(FlowKey.SizeBytes, Unsafe.SizeOf<FlowKey>());
        var key = new FlowKey(0x04030201, 0x08070605, 0x0A09, 0x0C0B, 0x0E0D, 0x0F, (Side)0x10);

        Assert.Equal(Enumerable.Range(1, 16).Select(static value => (byte)value), MemoryMarshal.AsBytes(new ReadOnlySpan<FlowKey>(in key)).ToArray());
    }

    [Fact]
    public void FrameDescriptor_Is32Bytes_ReasonSharesTheFlagByte()
    {
        Assert.Equal(FrameDescriptor.SizeBytes, Unsafe.SizeOf<FrameDescriptor>());
        var frame = default(FrameDescriptor);
        frame.SetDrop(DropReason.Filtered);

        Assert.Equal((PacketKind.Drop, (byte)DropReason.Filtered), (frame.Kind, frame.TcpFlags));
    }

    [Fact]
    public void DropReason_NumbersThatLeftTheProcess_Stay()
    {
        // Numbers are on record in counters and journals: this list only grows at its end.
        string[] names =
        [
            "None", "Truncated", "BadHeader", "BadLength", "HeaderChainTooLong", "UnknownLinkType", "Oversize", "HandoffRingFull",
            "TransmitRingFull", "FlowTableFull", "MappingTableFull", "UserTableFull", "PortsExhausted", "PortQuotaExceeded",
            "FlowQuotaExceeded", "NoMapping", "Filtered", "TcpNotSyn", "TtlExpired", "UnsupportedProtocol", "UnsupportedIcmp",
            "IcmpErrorNoFlow", "IcmpErrorBadChecksum", "FragmentUnknown", "FragmentTableFull", "FragmentBad", "MartianAddress",
            "SpoofedSource", "NoRoute", "StaleGeneration", "Policy", "LinkDown", "HairpinLoop",
        ];

        Assert.Equal(names, Enum.GetValues<DropReason>().Take(names.Length).Select(static reason => reason.ToString()));
    }
}
