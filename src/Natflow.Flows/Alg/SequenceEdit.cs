using System.Runtime.InteropServices;

namespace Natflow.Flows.Alg;

/// <summary>One piece of a TCP stream that was replaced by a text of perhaps another length. 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 20)]
internal struct SequenceEdit
{
    /// <summary>Sequence number, as its sender counts, of the first byte that was replaced.</summary>
    internal uint StartSeq;

    /// <summary>The same behind the last.</summary>
    internal uint EndSeq;

    /// <summary>What is added to sequence numbers from <see cref="EndSeq"/> on; the sum over all edits so far.</summary>
    internal int Delta;

    /// <summary>The address that was put in, network byte order, so that a retransmission gets the same text.</summary>
    internal uint AddrBe;

    /// <summary>The port that was put in, network byte order.</summary>
    internal ushort PortBe;

    /// <summary>How both are written.</summary>
    internal EndpointFormat Format;

    /// <summary>The delimiter of the extended form.</summary>
    internal byte Delimiter;
}
