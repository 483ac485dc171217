using Natflow.Inspect.Reassembly;

namespace Natflow.Inspect.Quic;

/// <summary>What is kept of a QUIC or DTLS flow until its hello is whole.</summary>
internal struct QuicFlow
{
    /// <summary>The connection id that the client's keys come from: of its first Initial, or of the first after a Retry.</summary>
    internal ConnectionId KeyId;

    /// <summary>Its length.</summary>
    internal byte KeyIdBytes;

    /// <summary>A packet was opened with it.</summary>
    internal bool IsOpened;

    /// <summary>The client is the end that the directory has in second place.</summary>
    internal bool IsClientSecond;

    /// <summary>The hello was seen.</summary>
    internal bool IsDone;

    /// <summary>Largest packet number opened.</summary>
    internal ulong Largest;

    /// <summary>DTLS: bytes of the hello, of which parts wait in <see cref="Crypto"/>.</summary>
    internal int HelloBytes;

    /// <summary>DTLS: number of its message.</summary>
    internal ushort HelloSequence;

    /// <summary>CRYPTO bytes, or fragments of a DTLS hello, that wait for others.</summary>
    internal StreamWindow Crypto;
}
