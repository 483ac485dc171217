using System.Buffers.Binary;
using Natflow.Ports.Pcap;
using Natflow.Testing;

namespace Natflow.Ports.Tests.Pcap;

public sealed class CaptureFuzzTests
{
    private const int MutationCount = 3000;
    private const long AllocatedBytesMax = 512 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_MutatedPcap_EndsWithoutExceptionInBoundedMemory(int seed)
    {
        PcapBuilder builder = new(bigEndian: seed == 2, seed == 3 ? PcapBuilder.Modified : PcapBuilder.Nanoseconds);
        for (int i = 0; i < 12; i++)
            builder.Record((uint)i, 1, CaptureContent.Packet(i, i * 11), original: 1500);

        FuzzResult result = Fuzz(builder.ToArray(), seed);

        Assert.True(result is { Refused: > 0, Damaged: > 0, Clean: > 0, Oversize: > 0 }, result.ToString());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Read_MutatedPcapng_EndsWithoutExceptionInBoundedMemory(int seed)
    {
        PcapngBuilder builder = new PcapngBuilder()
            .Section(bigEndian: seed == 12)
            .Interface(resolution: 9, offsetSeconds: 5).Interface(linkType: 101, snapLength: 64);
        for (int i = 0; i < 6; i++)
        {
            builder.Enhanced((uint)i % 2, 1_700_000_000_000_000_000, CaptureContent.Packet(i, i * 11), comment: true)
                .Obsolete(0, 7, CaptureContent.Packet(i, 30)).Simple(CaptureContent.Packet(i, 90)).Other(0xBAD, 1, 2, 3);
        }

        builder.Section(bigEndian: seed != 12).Interface().Enhanced(0, 1, CaptureContent.Packet(1, 70));

        FuzzResult result = Fuzz(builder.ToArray(), seed);

        Assert.True(result is { Refused: > 0, Damaged: > 0, Clean: > 0, Oversize: > 0 }, result.ToString());
    }

    private static FuzzResult Fuzz(byte[] original, int seed)
    {
        var prng = new Prng(seed);
        var result = new FuzzResult();
        byte[] destination = new byte[80];
        for (int round = 0; round < MutationCount; round++)
        {
            byte[] mutated = Mutate(original, prng);
            long before = GC.GetAllocatedBytesForCurrentThread();
            ReadAll(mutated, destination, result);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < AllocatedBytesMax, $"seed {seed}, round {round}: {allocated} bytes allocated");
        }

        return result;
    }

    private static void ReadAll(byte[] file, byte[] destination, FuzzResult result)
    {
        if (!CaptureReader.TryOpen(new MemoryStream(file), "fuzz", out CaptureReader? reader, out _))
        {
            result.Refused++;
            return;
        }

        using (reader)
        {
            int packetCount = 0;
            while (reader.TryRead(destination, out CapturePacket packet))
            {
                Assert.InRange(packet.CapturedBytes, 0, file.Length);
                result.Oversize += packet.IsOversize ? 1 : 0;
                packetCount++;
            }

            Assert.True(packetCount <= file.Length / 16, "each packet takes a header's bytes of the file");
            Assert.InRange(reader.Damage?.OffsetBytes ?? 0, 0, file.Length);
            result.Damaged += reader.Damage is null ? 0 : 1;
            result.Clean += reader.Damage is null ? 1 : 0;
        }
    }

    // A few faults a file: a bit, a byte, a word that lies about a length, bytes cut out, repeated, or cut off.
    private static byte[] Mutate(byte[] original, Prng prng)
    {
        var file = new List<byte>(original);
        for (int faults = 1 + prng.Next(3); faults > 0 && file.Count > 8; faults--)
        {
            int position = prng.Next(file.Count);
            int count = Math.Min(1 + prng.Next(40), file.Count - position);
            switch (prng.Next(6))
            {
                case 0:
                    file[position] ^= (byte)(1 << prng.Next(8));
                    break;
                case 1:
                    file[position] = (byte)prng.Next(256);
                    break;
                case 2:
                    OverwriteWord(file, position & ~3, prng);
                    break;
                case 3:
                    file.RemoveRange(position, count);
                    break;
                case 4:
                    file.InsertRange(position, file.GetRange(position, count));
                    break;
                default:
                    file.RemoveRange(file.Count - (count / 2), count / 2);
                    break;
            }
        }

        return [.. file];
    }

    private static void OverwriteWord(List<byte> file, int position, Prng prng)
    {
        uint[] lies = [0, 1, 3, 12, 0xFFFF, 262_144, 262_145, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF, (uint)prng.NextULong()];
        byte[] word = new byte[4];
        uint lie = lies[prng.Next(lies.Length)];
        if (prng.Next(2) == 0)
            BinaryPrimitives.WriteUInt32BigEndian(word, lie);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(word, lie);
        for (int i = 0; i < 4 && position + i < file.Count; i++)
            file[position + i] = word[i];
    }

    private sealed record FuzzResult
    {
        internal int Refused { get; set; }

        internal int Damaged { get; set; }

        internal int Clean { get; set; }

        internal int Oversize { get; set; }
    }
}
