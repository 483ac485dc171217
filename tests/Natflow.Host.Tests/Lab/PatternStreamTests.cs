using Natflow.Host.Lab.Servers;

namespace Natflow.Host.Tests.Lab;

public sealed class PatternStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(1000)]
    public void Read_InPiecesOfAnySize_GivesTheSameBytes(int pieceBytes)
    {
        using var whole = new PatternStream(4001);
        byte[] expected = new byte[4001];
        whole.ReadExactly(expected);

        using var pieces = new PatternStream(4001);
        var read = new List<byte>();
        byte[] piece = new byte[pieceBytes];
        while (pieces.Read(piece) is > 0 and int length)
            read.AddRange(piece[..length]);

        Assert.Equal(expected, read);
        Assert.True(expected.Distinct().Count() > 200, "varied bytes");
    }
}
