using System.Runtime.CompilerServices;

namespace Natflow.Inspect.Quic;

/// <summary>Bytes of a connection id; its length is kept beside it, the rest is zero.</summary>
[InlineArray(QuicLongHeader.ConnectionIdBytesMax)]
internal struct ConnectionId
{
    private byte _first;
}
