namespace Natflow.Gateway.Views.Scan;

/// <summary>Asks a flow actor for the best of a slice of its leased port blocks. Answered by a <see cref="ScanSlice{T}"/>; its sum of flows is that of ports taken.</summary>
/// <param name="Address">Only this subscriber's or public address, host byte order; null is all.</param>
/// <param name="Order">What they are put in order by.</param>
/// <param name="Range">Which slice, and how many of it.</param>
public sealed record PortBlockScanRequest(uint? Address, PortBlockOrder Order, ScanRange Range);

/// <summary>A leased port block as operators see it. Host byte order.</summary>
/// <param name="PublicAddress">Its address.</param>
/// <param name="FirstPort">Its first port.</param>
/// <param name="PortCount">Ports in it.</param>
/// <param name="UserAddress">The subscriber that holds it.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="TakenCount">Ports in use, each protocol's counted.</param>
public sealed record PortBlockView(uint PublicAddress, int FirstPort, int PortCount, uint UserAddress, ushort Zone, int TakenCount);

/// <summary>What port blocks are put in order by.</summary>
public enum PortBlockOrder
{
    /// <summary>Ports in use.</summary>
    Taken,

    /// <summary>The subscriber's address.</summary>
    User,

    /// <summary>The public address and port.</summary>
    Public,
}
