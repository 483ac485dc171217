using System.Net.Sockets;

namespace Natflow.Host.Live;

/// <summary>
/// Says that an interface is a gateway's: an abstract Unix socket, which the kernel keeps one of a name in a network namespace and takes back when the process
/// ends, however it ends.
/// </summary>
internal sealed class InterfaceClaim : IDisposable
{
    private readonly Socket _socket;

    private InterfaceClaim(Socket socket) => _socket = socket;

    /// <summary>Claims an interface.</summary>
    /// <exception cref="GatewayException">Another gateway has it.</exception>
    internal static InterfaceClaim Take(string interfaceName)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0natflow-interface-{interfaceName}"));
            return new InterfaceClaim(socket);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new GatewayException($"{interfaceName}: another natflow uses this interface; stop it first ('natflow status' shows it, with the same run directory)");
        }
    }

    public void Dispose() => _socket.Dispose();
}
