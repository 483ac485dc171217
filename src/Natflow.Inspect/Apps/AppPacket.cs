namespace Natflow.Inspect.Apps;

/// <summary>One packet's payload with what signatures may know of its flow.</summary>
public readonly ref struct AppPacket
{
    /// <summary>The transport payload; may be cut by a capture.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>TCP; else UDP.</summary>
    public bool IsTcp { get; init; }

    /// <summary>From the end that did not begin the flow.</summary>
    public bool IsReply { get; init; }

    /// <summary>Port of the end that began the flow, whatever the packet's direction; host order.</summary>
    public ushort ClientPort { get; init; }

    /// <summary>Port of the other end; host order.</summary>
    public ushort ServerPort { get; init; }

    /// <summary>TCP: the flag byte; else 0.</summary>
    public byte TcpFlags { get; init; }

    /// <summary>Who began the flow is known; else either end may be the client.</summary>
    internal bool IsOriginSure { get; init; }

    internal bool MayBeClient => !IsReply || !IsOriginSure;

    internal bool MayBeServer => IsReply || !IsOriginSure;

    internal ushort SenderPort => IsReply ? ServerPort : ClientPort;

    internal ushort ReceiverPort => IsReply ? ClientPort : ServerPort;

    internal bool HasPort(ushort port) => ClientPort == port || ServerPort == port;
}
