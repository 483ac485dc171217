namespace Natflow.Host.NatTest;

/// <summary>Retransmission of RFC 8489 section 6.2.1.</summary>
public sealed record StunTimers
{
    /// <summary>First wait for an answer (RTO).</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Requests sent in all (Rc).</summary>
    public int RequestsMax { get; init; } = 7;

    /// <summary>Requests sent where silence is a result too (filtering, hairpinning, lifetime): with the default wait 9.5 s in all.</summary>
    public int ProbesMax { get; init; } = 3;

    /// <summary>Wait after the last request, in first waits (Rm).</summary>
    public int LastWaitFactor { get; init; } = 16;

    /// <summary>Wait for an answer over TCP (Ti, RFC 8489 section 6.2.2).</summary>
    public TimeSpan TcpWait { get; init; } = TimeSpan.FromSeconds(39.5);

    /// <summary>Wait after a request.</summary>
    /// <param name="index">The request, from 0.</param>
    /// <param name="count">Requests in all.</param>
    public TimeSpan WaitAfter(int index, int count) => index == count - 1 ? FirstWait * LastWaitFactor : FirstWait * (1 << index);
}
