using System.Net.Sockets;

namespace Natflow.Management.Devices;

/// <summary>Serves the clients of one device.</summary>
internal interface IDeviceSession
{
    /// <summary>Serves a client to its end; never throws for what a client does.</summary>
    Task Run(Socket client, CancellationToken end);
}
