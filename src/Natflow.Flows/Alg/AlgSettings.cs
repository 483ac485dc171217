namespace Natflow.Flows.Alg;

/// <summary>Which application level gateways run; each has its own switch (RFC 4787 REQ-10a). UDP ones and SIP are off unless asked for (REQ-10, RFC 5382 REQ-6).</summary>
public sealed record AlgSettings
{
    /// <summary>FTP control connections.</summary>
    public bool Ftp { get; init; } = true;

    /// <summary>SIP over UDP and TCP.</summary>
    public bool Sip { get; init; }

    /// <summary>TFTP.</summary>
    public bool Tftp { get; init; }

    /// <summary>Server port of FTP, host byte order.</summary>
    public ushort FtpPort { get; init; } = 21;

    /// <summary>Server port of SIP, host byte order.</summary>
    public ushort SipPort { get; init; } = 5060;

    /// <summary>Server port of TFTP, host byte order.</summary>
    public ushort TftpPort { get; init; } = 69;

    /// <summary>Most TCP flows with an application level gateway; flows beyond pass unrewritten, counted. 1 to 2^20.</summary>
    public int FlowCapacity { get; init; } = 4096;

    /// <summary>Most expected flows at a time. 1 to 2^20.</summary>
    public int ExpectationCapacity { get; init; } = 4096;

    /// <summary>Most expected flows of one subscriber, so that one cannot use up the table.</summary>
    public int ExpectationsPerUserMax { get; init; } = 64;

    /// <summary>Time that an announced endpoint waits for its connection.</summary>
    public TimeSpan ExpectationLifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time that an endpoint announced as a SIP contact is open to its registrar (RFC 3261 section 10.2: an hour is usual).</summary>
    public TimeSpan ContactLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest IPv4 packet in bytes that a rewrite may make: the MTU of the way out.</summary>
    public int PacketBytesMax { get; init; } = 1500;

    /// <summary>Adds what is wrong with the settings, in words for the operator.</summary>
    internal void Validate(List<string> errors)
    {
        if (FlowCapacity is < 1 or > 1 << 20)
            errors.Add($"application level gateway flows: 1 to {1 << 20}, not {FlowCapacity}");
        if (ExpectationCapacity is < 1 or > 1 << 20)
            errors.Add($"expected flows: 1 to {1 << 20}, not {ExpectationCapacity}");
        if (ExpectationsPerUserMax < 1)
            errors.Add("expected flows per user: at least 1");
        if (FtpPort == 0 || SipPort == 0 || TftpPort == 0)
            errors.Add("application level gateway ports: 1 to 65535");
        if (ExpectationLifetime <= TimeSpan.Zero || ContactLifetime <= TimeSpan.Zero)
            errors.Add("expectation and contact lifetimes: more than 0");
        if (PacketBytesMax is < 576 or > ushort.MaxValue)
            errors.Add($"application level gateway packet size: 576 to {ushort.MaxValue} bytes, not {PacketBytesMax}");
    }
}
