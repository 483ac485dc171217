using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Packets.Link;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests;

public sealed class ArpPacketTests
{
    [Fact]
    public void TryParse_WhatWasBuilt_GivesItsFields()
    {
        byte[] frame = PacketBuilder.Ethernet().Arp(ArpPacket.Request, 0x0200_0000_0001, 0x0A00_0001, 0, 0x0A00_0002).ToArray();

        Assert.Equal(DropReason.None, ArpPacket.TryParse(frame.AsSpan(14), out ArpPacket packet));

        Assert.Equal(new ArpPacket(ArpPacket.Request, 0x0200_0000_0001, 0x0100_000A, 0, 0x0200_000A), packet);
        Assert.False(packet.IsGratuitous);
    }

    [Fact]
    public void TryParse_AnyBytes_GivesAResult()
    {
        var prng = new Prng(1);
        byte[] valid = PacketBuilder.Ethernet().Arp(ArpPacket.Reply, 1, 2, 3, 2).ToArray()[14..];
        for (int length = 0; length < valid.Length; length++)
            Assert.Equal(DropReason.Truncated, ArpPacket.TryParse(valid.AsSpan(0, length), out _));
        for (int step = 0; step < 1_000; step++)
            _ = ArpPacket.TryParse(prng.NextPayload(40), out _);
        valid[0] = 9;
        Assert.Equal(DropReason.BadHeader, ArpPacket.TryParse(valid, out _));
    }
}
