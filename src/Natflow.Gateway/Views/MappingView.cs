using System.Buffers.Binary;
using Natflow.Flows;

namespace Natflow.Gateway.Views;

/// <summary>A mapping as operators see it. Host byte order.</summary>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="InsideAddress">The subscriber.</param>
/// <param name="InsidePort">Its port or ICMP identifier.</param>
/// <param name="ExternalAddress">The public address.</param>
/// <param name="ExternalPort">The public port or ICMP identifier.</param>
/// <param name="FlowCount">Uses: flows, and one for a static mapping.</param>
public sealed record MappingView(
    byte Protocol, ushort Zone, uint InsideAddress, ushort InsidePort, uint ExternalAddress, ushort ExternalPort, uint FlowCount)
{
    /// <summary>The view of a mapping.</summary>
    internal static MappingView Of(ref readonly MappingRecord mapping) => new(
        mapping.Protocol,
        mapping.Zone,
        BinaryPrimitives.ReverseEndianness(mapping.InsideAddrBe),
        BinaryPrimitives.ReverseEndianness(mapping.InsidePortBe),
        BinaryPrimitives.ReverseEndianness(mapping.ExternalAddrBe),
        BinaryPrimitives.ReverseEndianness(mapping.ExternalPortBe),
        mapping.FlowCount);
}
