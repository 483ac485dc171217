namespace Natflow.Journal.Audit;

/// <summary>A port block in somebody's hands.</summary>
/// <param name="User">Inside address.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Shard">Shard that owns it.</param>
/// <param name="Public">Public address.</param>
/// <param name="FirstPort">First port.</param>
/// <param name="PortCount">Number of ports.</param>
/// <param name="SinceTicks">Since when, .NET ticks, UTC.</param>
public sealed record PortLease(string User, int Zone, int Shard, string Public, int FirstPort, int PortCount, long SinceTicks)
{
    /// <summary>Whether a port is one of it.</summary>
    public bool Covers(string publicAddress, int port) => Public == publicAddress && port >= FirstPort && port < FirstPort + PortCount;
}
