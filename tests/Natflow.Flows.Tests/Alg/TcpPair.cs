using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Flows.Tests.Alg;

/// <summary>A TCP connection through the rig, as both ends see it: each end counts its own bytes and checks what arrives against what it expects.</summary>
internal sealed class TcpPair
{
    private readonly AlgRig _rig;
    private readonly (uint Address, ushort Port) _inside;
    private readonly (uint Address, ushort Port) _outside;
    private readonly (uint Address, ushort Port) _external;

    /// <summary>Opens a connection from inside, or from outside to a forwarded port.</summary>
    internal TcpPair(AlgRig rig, (uint Address, ushort Port) inside, (uint Address, ushort Port) outside, (uint Address, ushort Port)? forwarded = null)
    {
        _rig = rig;
        _inside = inside;
        _outside = outside;
        if (forwarded is { } target)
        {
            _external = target;
            Assert.NotNull(rig.Tcp(Side.Wan, outside, target, TcpFlags.Syn, OutsideSeq, 0));
            Assert.NotNull(rig.Tcp(Side.Lan, inside, outside, TcpFlags.Syn | TcpFlags.Ack, InsideSeq, OutsideSeq + 1));
        }
        else
        {
            byte[]? syn = rig.Tcp(Side.Lan, inside, outside, TcpFlags.Syn, InsideSeq, 0);
            Assert.NotNull(syn);
            _external = AlgRig.Source(syn);
            Assert.NotNull(rig.Tcp(Side.Wan, outside, _external, TcpFlags.Syn | TcpFlags.Ack, OutsideSeq, InsideSeq + 1));
        }

        InsideSeq++;
        OutsideSeq++;
        OutsideExpects = InsideSeq;
        InsideExpects = OutsideSeq;
    }

    internal (uint Address, ushort Port) External => _external;

    /// <summary>Next sequence number of the inside end, as it counts.</summary>
    internal uint InsideSeq { get; set; } = 0xFFFF_FFF0; // Wraps soon.

    /// <summary>Next sequence number of the outside end, as it counts.</summary>
    internal uint OutsideSeq { get; set; } = 5000;

    /// <summary>Next sequence number that the outside end wants from inside.</summary>
    internal uint OutsideExpects { get; private set; }

    /// <summary>Next sequence number that the inside end wants from outside.</summary>
    internal uint InsideExpects { get; private set; }

    /// <summary>The inside end sends; what the outside end gets is in order, and its acknowledgement names all the inside end sent.</summary>
    internal string FromInside(string text)
    {
        string got = FromInsideAt(InsideSeq, text, out uint seq);
        Assert.Equal(OutsideExpects, seq);
        InsideSeq += (uint)text.Length;
        OutsideExpects += (uint)got.Length;
        byte[]? acknowledged = _rig.Tcp(Side.Wan, _outside, _external, TcpFlags.Ack, OutsideSeq, OutsideExpects);
        Assert.NotNull(acknowledged);
        Assert.Equal(InsideSeq, AlgRig.Ack(acknowledged));
        return got;
    }

    /// <summary>The inside end sends from a sequence number of its choice.</summary>
    internal string FromInsideAt(uint at, string text, out uint seq)
    {
        byte[]? frame = _rig.Tcp(Side.Lan, _inside, _outside, TcpFlags.Ack | TcpFlags.Psh, at, InsideExpects, text);
        Assert.NotNull(frame);
        seq = AlgRig.Seq(frame);
        return AlgRig.Text(frame);
    }

    /// <summary>The outside end sends; the same checks the other way round.</summary>
    internal string FromOutside(string text)
    {
        byte[]? frame = _rig.Tcp(Side.Wan, _outside, _external, TcpFlags.Ack | TcpFlags.Psh, OutsideSeq, OutsideExpects, text);
        Assert.NotNull(frame);
        Assert.Equal(InsideExpects, AlgRig.Seq(frame));
        Assert.Equal(InsideSeq, AlgRig.Ack(frame));
        string got = AlgRig.Text(frame);
        OutsideSeq += (uint)text.Length;
        InsideExpects += (uint)got.Length;
        byte[]? acknowledged = _rig.Tcp(Side.Lan, _inside, _outside, TcpFlags.Ack, InsideSeq, InsideExpects);
        Assert.NotNull(acknowledged);
        Assert.Equal(OutsideSeq, AlgRig.Ack(acknowledged));
        return got;
    }

    /// <summary>The outside end acknowledges with options.</summary>
    internal byte[] AcknowledgeFromOutside(uint ack, byte[] options)
    {
        byte[]? frame = _rig.Tcp(Side.Wan, _outside, _external, TcpFlags.Ack, OutsideSeq, ack, options: options);
        Assert.NotNull(frame);
        return frame;
    }
}
