namespace Natflow.Packets;

/// <summary>Bits of the TCP flag byte (RFC 9293 section 3.1).</summary>
public static class TcpFlags
{
    /// <summary>No more data from the sender.</summary>
    public const byte Fin = 0x01;

    /// <summary>Opens a connection.</summary>
    public const byte Syn = 0x02;

    /// <summary>Resets the connection.</summary>
    public const byte Rst = 0x04;

    /// <summary>Hand the data to the application.</summary>
    public const byte Psh = 0x08;

    /// <summary>The acknowledgement number is valid.</summary>
    public const byte Ack = 0x10;
}
