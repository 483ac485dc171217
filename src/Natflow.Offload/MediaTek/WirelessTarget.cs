namespace Natflow.Offload.MediaTek;

/// <summary>A station behind a radio with WED (wireless Ethernet dispatch).</summary>
/// <param name="Device">v1: which of two radios. Later generations name it by the port: 8, 9 or 13.</param>
/// <param name="Ring">DMA ring, 0 to 3.</param>
/// <param name="Bss">Network of the radio, 0 to 63; to 255 on v3.</param>
/// <param name="Wcid">Station: 0 to 255 on v1, 1023 on v2, 65,535 on v3.</param>
internal readonly record struct WirelessTarget(byte Device, byte Ring, byte Bss, ushort Wcid)
{
    private const byte DeviceBit = 0x10; // Bits 16 and 17 of ib2 within v1's port meter group at bit 12.
    private const byte ValidBit = 0x20;
    private const uint AmsduEnable = 1 << 24;

    /// <summary>Writes the target into the words of an entry. On v1 it takes the place of the port meter group and the second VLAN tag.</summary>
    internal void Store(FoeLayout layout, ref FoeIb2 ib2, ref FoeLink link)
    {
        switch (layout.Generation)
        {
            case 1:
                ib2.PortMeterGroup = (byte)(ValidBit | (Device != 0 ? DeviceBit : 0));
                link.Vlan2 = (ushort)((Bss & 0x3F) | ((Wcid & 0xFF) << 6) | ((Ring & 3) << 14));
                return;
            case 2:
                link.WirelessWord = (ushort)((Bss & 0x3F) | ((Wcid & 0x3FF) << 6));
                break;
            default:
                link.WirelessWord3 = Wcid | ((uint)Bss << 16);
                link.AmsduWord |= AmsduEnable;
                break;
        }

        ib2.WirelessValid = true;
        ib2.WirelessRing = Ring;
    }

    /// <summary>Reads the target; null where the entry has none.</summary>
    internal static WirelessTarget? Load(FoeLayout layout, in FoeIb2 ib2, in FoeLink link)
    {
        switch (layout.Generation)
        {
            case 1 when (ib2.PortMeterGroup & ValidBit) != 0 && ib2.EgressPort == 3:
                return new WirelessTarget(
                    (byte)((ib2.PortMeterGroup & DeviceBit) >> 4), (byte)(link.Vlan2 >> 14), (byte)(link.Vlan2 & 0x3F), (ushort)((link.Vlan2 >> 6) & 0xFF));
            case 2 when ib2.WirelessValid:
                return new WirelessTarget(0, ib2.WirelessRing, (byte)(link.WirelessWord & 0x3F), (ushort)(link.WirelessWord >> 6));
            case 3 when ib2.WirelessValid:
                return new WirelessTarget(0, ib2.WirelessRing, (byte)(link.WirelessWord3 >> 16), (ushort)link.WirelessWord3);
            default:
                return null;
        }
    }
}
