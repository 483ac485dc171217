using System.Buffers.Binary;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests;

public sealed class ChecksumTests
{
    [Fact]
    public void Compute_ExampleOfRfc1071_Agrees()
    {
        // RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
        byte[] bytes = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        byte[] field = BitConverter.GetBytes(Checksum.Compute(bytes));

        Assert.Equal(0xFFFF - 0xDDF2, BinaryPrimitives.ReadUInt16BigEndian(field));
    }

    [Fact]
    public void Sum_AnyLengthAndContent_AgreesWithWordByWord()
    {
        var prng = new Prng(3);
        for (int step = 0; step < 3_000; step++)
        {
            byte[] bytes = prng.NextPayload(200);
            uint expected = 0;
            for (int i = 0; i < bytes.Length; i++)
                expected += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
            while (expected > ushort.MaxValue)
                expected = (expected & 0xFFFF) + (expected >> 16);

            byte[] field = BitConverter.GetBytes(Checksum.Compute(bytes));
            Assert.True((ushort)~expected == BinaryPrimitives.ReadUInt16BigEndian(field), $"step {step}");
        }
    }

    [Fact]
    public void Apply_RandomWordChanges_AgreesWithFullRecomputation()
    {
        var prng = new Prng(4);
        for (int step = 0; step < 20_000; step++)
        {
            byte[] bytes = new byte[40];
            prng.NextBytes(bytes);
            ushort before = Checksum.Compute(bytes);
            int word = prng.Next(20) * 2;
            ushort oldWord = BitConverter.ToUInt16(bytes, word);
            ushort newWord = prng.Next(8) switch { 0 => 0, 1 => ushort.MaxValue, _ => (ushort)prng.NextULong() };
            BitConverter.TryWriteBytes(bytes.AsSpan(word), newWord);
            ushort delta = Checksum.Delta(oldWord, newWord);

            Assert.True(Checksum.Apply(before, delta) == Checksum.Compute(bytes), $"step {step}");
            Assert.True(Checksum.Apply(Checksum.Apply(before, delta), Checksum.Negate(delta)) == before, $"step {step}, back");
        }
    }
}
