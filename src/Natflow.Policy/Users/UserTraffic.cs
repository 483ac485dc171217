namespace Natflow.Policy.Users;

/// <summary>What passed in a time, both directions.</summary>
public record struct UserTraffic(ulong RxPackets, ulong RxBytes, ulong TxPackets, ulong TxBytes)
{
    /// <summary>Adds traffic.</summary>
    public void Add(in UserTraffic more)
    {
        RxPackets += more.RxPackets;
        RxBytes += more.RxBytes;
        TxPackets += more.TxPackets;
        TxBytes += more.TxBytes;
    }
}
