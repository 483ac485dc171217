namespace Natflow.Ports.Tests.Pcap;

/// <summary>Builds a pcap file, right or wrong, field by field.</summary>
internal sealed class PcapBuilder
{
    internal const uint Microseconds = 0xA1B2C3D4;
    internal const uint Nanoseconds = 0xA1B23C4D;
    internal const uint Modified = 0xA1B2CD34;

    private readonly CaptureBytes _bytes;
    private readonly bool _longRecords;

    internal PcapBuilder(
        bool bigEndian = false, uint magic = Microseconds, uint linkType = 1, int major = 2, int minor = 4)
    {
        _longRecords = magic == Modified;
        _bytes = new CaptureBytes(bigEndian)
            .Add32(magic).Add16(major).Add16(minor).Add32(0).Add32(0).Add32(65_535).Add32(linkType);
    }

    internal PcapBuilder Record(uint seconds, uint fraction, ReadOnlySpan<byte> packet, uint? original = null, uint? captured = null)
    {
        _bytes.Add32(seconds).Add32(fraction).Add32(captured ?? (uint)packet.Length).Add32(original ?? (uint)packet.Length);
        if (_longRecords)
            _bytes.Add32(3).Add16(0x0800).Add8(4).Add8(0); // Interface, protocol, packet type, padding.
        _bytes.Add(packet);
        return this;
    }

    internal byte[] ToArray() => _bytes.ToArray();
}
