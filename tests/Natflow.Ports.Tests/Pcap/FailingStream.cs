namespace Natflow.Ports.Tests.Pcap;

/// <summary>A pipe that gives a byte at a time and then fails.</summary>
internal sealed class FailingStream(byte[] content, int failAt) : ReadOnlyStream
{
    private int _position;

    public override int Read(Span<byte> buffer)
    {
        if (_position == failAt)
            throw new IOException("disk on fire");
        buffer[0] = content[_position++];
        return 1;
    }
}
