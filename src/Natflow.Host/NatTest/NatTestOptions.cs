using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>What is tested, and against whom.</summary>
public sealed record NatTestOptions
{
    /// <summary>A STUN server with two addresses and two ports (RFC 5780 section 6.2).</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>Local address; the tests bind it, on ports of the system's choice.</summary>
    public required IPAddress Local { get; init; }

    /// <summary>Whether mapping is tested over TCP too.</summary>
    public bool Tcp { get; init; } = true;

    /// <summary>Longest mapping lifetime that is looked for; zero leaves the test out, for it takes several times that long.</summary>
    public TimeSpan LifetimeMax { get; init; }

    /// <summary>How exactly the lifetime is found.</summary>
    public TimeSpan LifetimeStep { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The waits.</summary>
    public StunTimers Timers { get; init; } = new();
}
