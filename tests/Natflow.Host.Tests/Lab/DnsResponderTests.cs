using System.Net;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Servers;
using Natflow.Testing;

namespace Natflow.Host.Tests.Lab;

public sealed class DnsResponderTests
{
    private static readonly IPEndPoint Asker = new(IPAddress.Parse("203.0.113.1"), 4321);
    private static readonly DnsResponder Responder = new(LabPlan.DnsName);

    [Fact]
    public void Answer_KnownName_HoldsTheAddress()
    {
        byte[] answer = Responder.Answer(Question("x", "lab", "test"), Asker);
        Assert.Equal([0x12, 0x34, 0x85, 0x00, 0, 1, 0, 1, 0, 0, 0, 0], answer[..12]);
        Assert.Equal([0, 4, 198, 51, 100, 10], answer[^6..]);
    }

    [Fact]
    public void Answer_UnknownName_SaysThereIsNone()
    {
        byte[] answer = Responder.Answer(Question("y", "lab", "test"), Asker);
        Assert.Equal(3, answer[3] & 0x0F);
        Assert.Equal(0, answer[7]);
    }

    [Fact]
    public void Answer_AnyBytes_NeverThrows()
    {
        var prng = new Prng(20261125);
        byte[] valid = Question("x", "lab", "test");
        int answered = 0;
        for (int step = 0; step < 20_000; step++)
        {
            byte[] bytes = [.. valid];
            bytes[prng.Next(bytes.Length)] = (byte)prng.Next(256);
            answered += Responder.Answer(bytes.AsSpan(0, prng.Next(bytes.Length + 1)), Asker).Length > 0 ? 1 : 0;
        }

        Assert.InRange(answered, 1, 19_999);
    }

    private static byte[] Question(params string[] labels)
    {
        var bytes = new List<byte>([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
        foreach (string label in labels)
            bytes.AddRange([(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]);
        bytes.AddRange([0, 0, 1, 0, 1]);
        return [.. bytes];
    }
}
