using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class PcapPortTests : IDisposable
{
    private const int ChunkCount = 1024;
    private const int ChunkBytes = 2048;
    private const uint Ms = 1_000_000;

    private readonly List<TemporaryFile> _files = [];
    private readonly Umem _umem = new(ChunkCount, ChunkBytes);
    private readonly ChunkPool _pool;
    private readonly CaptureClock _clock = new();
    private readonly FrameDescriptor[] _frames = new FrameDescriptor[FrameDescriptor.BurstMax];

    public PcapPortTests() => _pool = new ChunkPool(_umem, 0, ChunkCount);

    public void Dispose()
    {
        _files.ForEach(static file => file.Dispose());
        _pool.Dispose();
        _umem.Dispose();
    }

    [Fact]
    public void Receive_Capture_GivesFramesNotesAndTime()
    {
        byte[] whole = CaptureContent.Packet(1, 60);
        byte[] cut = CaptureContent.Packet(2, 54);
        using PcapPort port = Open(Nanoseconds().Record(5, 1, whole).Record(5, 2, cut, original: 1514));

        int count = port.Receive(_frames);

        Assert.Equal(2, count);
        AssertFrame(_frames[0], whole, new CaptureNote(5_000_000_001, 0));
        AssertFrame(_frames[1], cut, new CaptureNote(5_000_000_002, 1460));
        Assert.Equal(5_000_000_002, _clock.NowNs);
        Assert.True(port.IsExhausted);
        Assert.Equal(0, port.Receive(_frames));
        Assert.Equal((2ul, 114ul), (port.PacketCount, port.ByteCount));
        Assert.Equal(port.TotalBytes, port.PositionBytes);
        Assert.Equal(24 + 32 + 114, port.TotalBytes);
        Assert.Equal(ChunkCount - 2, _pool.Available);
    }

    [Fact]
    public void Receive_LongCapture_BurstsAreOf256FramesAtMost()
    {
        PcapBuilder builder = Nanoseconds();
        for (uint i = 0; i < 600; i++)
            builder.Record(1, i, [(byte)i]);
        using PcapPort port = Open(builder);

        Assert.Equal([256, 256, 88], Bursts(port));
        Assert.Equal(ChunkCount, _pool.Available);
    }

    [Fact]
    public void Receive_SparseCapture_BurstsSpanTenMillisecondsAtMost()
    {
        PcapBuilder builder = Nanoseconds();
        foreach (uint fraction in (uint[])[0, 9 * Ms, 10 * Ms, (10 * Ms) + 1, 20 * Ms, (20 * Ms) + 1, (20 * Ms) + 2, 500 * Ms])
            builder.Record(1, fraction, [1]);
        using PcapPort port = Open(builder);

        Assert.Equal(3, port.Receive(_frames));
        Assert.Equal(1_010_000_000, _clock.NowNs);
        Assert.False(port.IsExhausted);
        Assert.Equal(3, port.Receive(_frames)); // 10 ms and 1 ns after the beginning, to 10 ms after that.
        Assert.Equal(1_020_000_001, _clock.NowNs);
        Assert.Equal(1, port.Receive(_frames));
        Assert.Equal(1_020_000_002, _clock.NowNs);
        Assert.Equal(1, port.Receive(_frames));
        Assert.Equal(1_500_000_000, _clock.NowNs);
    }

    [Fact]
    public void Receive_TimestampsGoBack_ClockStaysAndNotesTell()
    {
        using PcapPort port = Open(Nanoseconds().Record(10, 0, [1]).Record(3, 0, [2]).Record(10, 20 * Ms, [3]).Record(0, 0, [4]));

        Assert.Equal(2, port.Receive(_frames));
        Assert.Equal(3_000_000_000, CaptureNote.Read(_umem, _frames[1].FrameOffset).TimestampNs);
        Assert.Equal(10_000_000_000, _clock.NowNs);
        Assert.Equal(2, port.Receive(_frames));
        Assert.Equal(0, CaptureNote.Read(_umem, _frames[1].FrameOffset).TimestampNs);
        Assert.Equal(10_020_000_000, _clock.NowNs);
    }

    [Fact]
    public void Receive_SeveralFiles_ReadsOnAfterErrorsAndDamage()
    {
        string good = Save(Nanoseconds().Record(1, 0, [1]).ToArray());
        string damaged = Save(Nanoseconds().Record(1, 1, [2]).Record(1, 2, [3]).ToArray()[..^1]);
        string empty = Save([]);
        string last = Save(Nanoseconds().Record(1, 3, [4]).ToArray());
        using var port = new PcapPort([good, "/absent.pcap", damaged, "", empty, last], 7, _umem, _pool, _clock);

        int count = port.Receive(_frames);
        _ = port.Receive(_frames);

        Assert.Equal(3, count);
        Assert.Equal([1, 2, 4], _frames.Take(3).Select(frame => (int)_umem.Frame(frame.FrameOffset, 1)[0]));
        Assert.True(port.IsExhausted);
        Assert.Equal([CaptureErrorKind.NotFound, CaptureErrorKind.InputOutput, CaptureErrorKind.Empty], port.Errors.Select(static error => error.Kind));
        CaptureDamage damage = Assert.Single(port.Damage);
        Assert.Equal((damaged, 24 + 17L), (damage.File, damage.OffsetBytes));
        Assert.Equal(port.TotalBytes, port.PositionBytes);
    }

    [Fact]
    public void Receive_UnknownLinkTypes_AreCountedByFileAndType()
    {
        string first = Save(new PcapBuilder(linkType: 127).Record(1, 0, [1]).Record(1, 0, [2]).ToArray());
        string second = Save(new PcapngBuilder().Section().Interface(127).Interface(105).Interface(1)
            .Enhanced(0, 1, [1]).Enhanced(1, 1, [1]).Enhanced(2, 1, [1]).Enhanced(1, 1, [1]).ToArray());
        using var port = new PcapPort([first, second], 7, _umem, _pool, _clock);

        Assert.Equal(1, port.Receive(_frames));

        Assert.Equal(5ul, port.Drops.Read(DropReason.UnknownLinkType));
        Assert.Equal(6ul, port.PacketCount);
        Assert.Equal(
            [(first, 127, 2ul), (second, 127, 1ul), (second, 105, 2ul)],
            port.UnknownLinkTypes.Select(static entry => (entry.File, entry.LinkType, entry.PacketCount)));
    }

    [Fact]
    public void Receive_OnlyUnknownLinkTypes_ComesBackBeforeTheEnd()
    {
        var builder = new PcapBuilder(linkType: 127);
        for (uint i = 0; i < 10_000; i++)
            builder.Record(i, 0, []);
        using PcapPort port = Open(builder);

        Assert.Equal([0, 0, 0], Bursts(port));
        Assert.Equal(10_000ul, port.Drops.Read(DropReason.UnknownLinkType));
        Assert.Equal(ChunkCount, _pool.Available);
    }

    [Fact]
    public void Receive_FrameLargerThanAChunk_IsDropped()
    {
        byte[] fits = CaptureContent.Packet(1, ChunkBytes - Umem.HeadroomBytes);
        using PcapPort port = Open(Nanoseconds().Record(1, 0, new byte[fits.Length + 1]).Record(1, 0, fits));

        Assert.Equal(1, port.Receive(_frames));

        AssertFrame(_frames[0], fits, new CaptureNote(1_000_000_000, 0));
        Assert.Equal(1ul, port.Drops.Read(DropReason.Oversize));
        Assert.Equal(2ul, port.PacketCount);
    }

    [Fact]
    public void Receive_WithoutFreeChunks_WaitsForThem()
    {
        using var small = new ChunkPool(_umem, 0, 2);
        using var port = new PcapPort(
            [Save(Nanoseconds().Record(1, 0, [1]).Record(1, 1, [2]).Record(1, 2, [3]).ToArray())], 0, _umem, small, _clock);

        Assert.Equal(2, port.Receive(_frames));
        Assert.Equal(0, port.Receive(_frames));
        Assert.False(port.IsExhausted);
        Assert.Equal(2, port.Transmit(_frames.AsSpan(0, 2)));
        Assert.Equal(1, port.Receive(_frames));
        Assert.Equal(3, _umem.Frame(_frames[0].FrameOffset, 1)[0]);
    }

    [Fact]
    public void Transmit_ToAWriter_KeepsTimeAndWhatWasCut()
    {
        using var output = new MemoryStream();
        var writer = new PcapWriter(output);
        byte[] ip = [0x45, 0, 0, 20, .. new byte[16]];
        string file = Save(new PcapBuilder(magic: PcapBuilder.Nanoseconds, linkType: 101).Record(1, 5, ip, original: 1020).ToArray());
        using var port = new PcapPort([file], 7, _umem, _pool, _clock, writer);
        Assert.Equal(1, port.Receive(_frames));

        // A stage puts a tag of 4 bytes into the frame and makes a frame of its own, which did not come from the capture.
        _frames[0].FrameOffset -= 4;
        _frames[0].LengthBytes += 4;
        Assert.True(_pool.TryRent(out uint chunkOffset));
        _umem.Chunk(chunkOffset).Fill(0xEE);
        _frames[1] = new FrameDescriptor { FrameOffset = chunkOffset + Umem.HeadroomBytes, LengthBytes = 60 };
        _clock.AdvanceTo(1_000_000_009);
        Assert.Equal(2, port.Transmit(_frames.AsSpan(0, 2)));
        writer.Dispose();

        CaptureContent content = CaptureContent.Read(output.ToArray());
        Assert.Equal([1_000_000_005, 1_000_000_009], content.Packets.Select(static packet => packet.TimestampNs));
        Assert.Equal([38, 60], content.Packets.Select(static packet => packet.CapturedBytes));
        Assert.Equal([1038u, 60u], content.Packets.Select(static packet => packet.OriginalBytes));
        Assert.Equal(ip, content.Bytes[0][18..]);
        Assert.Equal(ChunkCount, _pool.Available);
    }

    [Fact]
    public void Dispose_WithAFrameWaiting_GivesItsChunkBack()
    {
        PcapPort port = Open(Nanoseconds().Record(1, 0, [1]).Record(2, 0, [2]));
        Assert.Equal(1, port.Receive(_frames));
        Assert.Equal(ChunkCount - 2, _pool.Available);

        port.Dispose();

        Assert.Equal(ChunkCount - 1, _pool.Available);
        Assert.True(port.IsExhausted);
        Assert.Equal(0, port.Receive(_frames));
    }

    [Fact]
    public void ReceiveAndTransmit_SteadyState_AllocatesNothing()
    {
        PcapBuilder builder = Nanoseconds();
        for (uint i = 0; i < 5000; i++)
            builder.Record(i / 100, i, new byte[60]);
        using var writer = new PcapWriter(Stream.Null);
        using var port = new PcapPort([Save(builder.ToArray())], 0, _umem, _pool, _clock, writer);
        _ = port.Transmit(_frames.AsSpan(0, port.Receive(_frames)));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++)
            _ = port.Transmit(_frames.AsSpan(0, port.Receive(_frames)));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.False(port.IsExhausted);
    }

    private static PcapBuilder Nanoseconds() => new(magic: PcapBuilder.Nanoseconds);

    private PcapPort Open(PcapBuilder builder) => new([Save(builder.ToArray())], 7, _umem, _pool, _clock);

    private string Save(byte[] content)
    {
        var file = new TemporaryFile();
        _files.Add(file);
        File.WriteAllBytes(file.Path, content);
        return file.Path;
    }

    // Sizes of the bursts until the port is exhausted.
    private List<int> Bursts(PcapPort port)
    {
        var sizes = new List<int>();
        while (!port.IsExhausted)
        {
            int count = port.Receive(_frames);
            sizes.Add(count);
            Assert.Equal(count, port.Transmit(_frames.AsSpan(0, count)));
        }

        return sizes;
    }

    private void AssertFrame(FrameDescriptor frame, byte[] bytes, CaptureNote note)
    {
        Assert.Equal(bytes, _umem.Frame(frame.FrameOffset, frame.LengthBytes).ToArray());
        Assert.Equal(note, CaptureNote.Read(_umem, frame.FrameOffset));
        Assert.Equal((7, FrameFlags.Captured), (frame.PortIndex, frame.Flags));
        Assert.Equal((0u, PacketKind.None, 0), (frame.Hash, frame.Kind, frame.L3Offset));
    }
}
