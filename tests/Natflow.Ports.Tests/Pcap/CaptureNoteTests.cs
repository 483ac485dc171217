using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class CaptureNoteTests
{
    [Fact]
    public void Write_ThenRead_FromAnyByteOfTheChunk_GivesTheSame()
    {
        using var umem = new Umem(4, 512);
        var first = new CaptureNote(1_700_000_000_123_456_789, 77);
        var second = new CaptureNote(-1, uint.MaxValue);

        first.Write(umem, 512 + 50);
        second.Write(umem, 1024);

        Assert.Equal(first, CaptureNote.Read(umem, 512 + 511));
        Assert.Equal(second, CaptureNote.Read(umem, 1024 + 64));
    }

    [Theory]
    [InlineData(0u, 60, 60u)]
    [InlineData(1440u, 60, 1500u)]
    [InlineData(uint.MaxValue, 60, uint.MaxValue)]
    public void OriginalBytes_IsWhatIsThereAndWhatWasCut(uint cutBytes, int lengthBytes, uint expected) =>
        Assert.Equal(expected, new CaptureNote(0, cutBytes).OriginalBytes(lengthBytes));
}
