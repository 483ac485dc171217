using System.Buffers.Binary;
using Natflow.Flows.Pcp;

namespace Natflow.Conformance.Bench;

/// <summary>A PCP response.</summary>
/// <param name="Bytes">The message.</param>
internal sealed record PcpAnswer(byte[] Bytes)
{
    /// <summary>Result code.</summary>
    internal PcpResult Result => (PcpResult)Bytes[3];

    /// <summary>Lifetime, s.</summary>
    internal uint Lifetime => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(4));

    /// <summary>Epoch time, s.</summary>
    internal uint Epoch => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(8));

    /// <summary>Assigned external endpoint.</summary>
    internal (uint Address, ushort Port) External =>
        (BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(56)), BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(42)));
}
