using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>Static mappings by external endpoint. Immutable: any thread reads.</summary>
internal sealed class ForwardTable : IDisposable
{
    private readonly WordMap _index;

    /// <summary>Makes the table.</summary>
    /// <param name="forwards">No external endpoint twice.</param>
    /// <param name="hash">The gateway's.</param>
    internal ForwardTable(IReadOnlyList<PortForward> forwards, FlowHash hash)
    {
        Items = forwards;
        _index = new WordMap([.. forwards.Select(static (forward, index) => KeyValuePair.Create(KeyOf(forward), index))], hash);
    }

    /// <summary>All of them.</summary>
    internal IReadOnlyList<PortForward> Items { get; }

    /// <summary>The one of an external endpoint, network byte order, or null.</summary>
    internal PortForward? Find(uint addressBe, ushort portBe, byte protocol) =>
        _index.Count != 0 && _index.TryFind(KeyOf(addressBe, portBe, protocol), out int index) ? Items[index] : null;

    /// <inheritdoc />
    public void Dispose() => _index.Dispose();

    private static ulong KeyOf(PortForward forward) => KeyOf(
        BinaryPrimitives.ReverseEndianness(forward.ExternalAddress), BinaryPrimitives.ReverseEndianness(forward.ExternalPort), forward.Protocol);

    // The address is never 0, so neither is the word.
    private static ulong KeyOf(uint addressBe, ushort portBe, byte protocol) => addressBe | ((ulong)portBe << 32) | ((ulong)protocol << 48);
}
