namespace Natflow.Ports.Tests.Pcap;

/// <summary>Builds a pcapng file, right or wrong, block by block. The byte order may change with each section.</summary>
internal sealed class PcapngBuilder
{
    private readonly List<byte> _file = [];
    private bool _bigEndian;

    internal int Length => _file.Count;

    internal PcapngBuilder Section(
        bool bigEndian = false, int major = 1, int minor = 0, uint byteOrderMagic = 0x1A2B3C4D, byte[]? options = null)
    {
        _bigEndian = bigEndian;
        return Block(0x0A0D0D0A, body => body.Add32(byteOrderMagic).Add16(major).Add16(minor).Add64(-1).Add(options ?? []));
    }

    internal PcapngBuilder Interface(int linkType = 1, uint snapLength = 0, byte? resolution = null, long? offsetSeconds = null) =>
        Block(1, body =>
        {
            body.Add16(linkType).Add16(0).Add32(snapLength);
            if (resolution is null && offsetSeconds is null)
                return;
            body.Add16(2).Add16(5).Add("eth0\0"u8).Pad4(); // A name, which readers of packets pass over.
            if (resolution is { } units)
                body.Add16(9).Add16(1).Add8(units).Pad4();
            if (offsetSeconds is { } offset)
                body.Add16(14).Add16(8).Add64(offset);
            body.Add16(0).Add16(0);
        });

    internal PcapngBuilder Enhanced(
        uint interfaceIndex, ulong units, byte[] packet, uint? original = null, uint? captured = null, bool comment = false) =>
        Block(6, body =>
        {
            body.Add32(interfaceIndex).Add32((uint)(units >> 32)).Add32((uint)units);
            body.Add32(captured ?? (uint)packet.Length).Add32(original ?? (uint)packet.Length).Add(packet).Pad4();
            if (comment)
                body.Add16(1).Add16(5).Add("hello"u8).Pad4().Add16(0).Add16(0);
        });

    internal PcapngBuilder Obsolete(int interfaceIndex, ulong units, byte[] packet, uint? original = null) =>
        Block(2, body => body.Add16(interfaceIndex).Add16(0xFFFF).Add32((uint)(units >> 32)).Add32((uint)units)
            .Add32((uint)packet.Length).Add32(original ?? (uint)packet.Length).Add(packet).Pad4());

    internal PcapngBuilder Simple(byte[] packet, uint? original = null) =>
        Block(3, body => body.Add32(original ?? (uint)packet.Length).Add(packet).Pad4());

    internal PcapngBuilder Other(uint type, params byte[] content) => Block(type, body => body.Add(content).Pad4());

    internal PcapngBuilder Block(uint type, Action<CaptureBytes> fill, uint? length = null, uint? trailer = null)
    {
        var body = new CaptureBytes(_bigEndian);
        fill(body);
        uint total = (uint)body.Length + 12;
        _file.AddRange(new CaptureBytes(_bigEndian)
            .Add32(type).Add32(length ?? total).Add(body.ToArray()).Add32(trailer ?? length ?? total).ToArray());
        return this;
    }

    internal byte[] ToArray() => [.. _file];
}
