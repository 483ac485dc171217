using System.Buffers.Binary;
using System.Numerics;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Writing;

/// <summary>A spill file that lies about its lengths although its checksums are right.</summary>
public sealed class SpillFileTests : IDisposable
{
    private const int HeaderBytes = 12;
    private const int PayloadLengthAt = 48; // Of the unit below, behind its header.
    private const long AllocatedMax = 16 << 20;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1_500_000_000)]
    [InlineData(-1)]
    public void Open_LengthOfAPayloadThatLies_EndsTheFileWithoutTakingTheMemory(int length)
    {
        File.Delete(_path);
        using (var file = new SpillFile(_path, 1 << 20))
            Assert.True(file.TryAppend(new SpillUnit(new BatchMark("writer", 3), [Entry()])));
        byte[] bytes = File.ReadAllBytes(_path);
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(HeaderBytes + PayloadLengthAt)));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderBytes + PayloadLengthAt), length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Checksum(bytes.AsSpan(HeaderBytes)));
        File.WriteAllBytes(_path, bytes);

        long before = GC.GetAllocatedBytesForCurrentThread();
        using var damaged = new SpillFile(_path, 1 << 20);
        Assert.Equal(bytes.Length, damaged.TornBytes);
        Assert.True(damaged.IsEmpty);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax);
    }

    private static JournalEntry Entry() => new()
    {
        StreamId = "s",
        SequenceNr = 1,
        CreatedTicks = 5,
        Manifest = "manifest:1",
        Payload = [1, 2, 3],
        Salt = [4],
        Digest = new byte[32],
        Keys = [7],
    };

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        uint sum = uint.MaxValue;
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (byte rest in content)
            sum = BitOperations.Crc32C(sum, rest);
        return ~sum;
    }
}
