using System.Buffers.Binary;
using System.Collections.Frozen;

namespace Natflow.Flows;

/// <summary>Static mappings by external endpoint. Immutable: any thread reads, and who still has an old one keeps it alive.</summary>
internal sealed class ForwardTable
{
    private readonly FrozenDictionary<ulong, PortForward> _index;

    /// <summary>Makes the table.</summary>
    /// <param name="forwards">No external endpoint twice.</param>
    internal ForwardTable(IReadOnlyList<PortForward> forwards)
    {
        Items = forwards;
        _index = forwards.ToFrozenDictionary(KeyOf);
    }

    /// <summary>All of them.</summary>
    internal IReadOnlyList<PortForward> Items { get; }

    /// <summary>The one of an external endpoint, network byte order, or null.</summary>
    internal PortForward? Find(uint addressBe, ushort portBe, byte protocol) =>
        _index.Count != 0 ? _index.GetValueOrDefault(KeyOf(addressBe, portBe, protocol)) : null;

    private static ulong KeyOf(PortForward forward) => KeyOf(
        BinaryPrimitives.ReverseEndianness(forward.ExternalAddress), BinaryPrimitives.ReverseEndianness(forward.ExternalPort), forward.Protocol);

    private static ulong KeyOf(uint addressBe, ushort portBe, byte protocol) => addressBe | ((ulong)portBe << 32) | ((ulong)protocol << 48);
}
