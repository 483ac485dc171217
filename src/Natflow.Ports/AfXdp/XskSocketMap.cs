using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// Where an XDP program finds the AF_XDP sockets of an interface's queues: a table of interfaces and a map of sockets. Any program
/// with these two maps serves; the ports know nothing else of it.
/// </summary>
/// <remarks>One thread at a time: ports are opened and closed by the host.</remarks>
public sealed class XskSocketMap
{
    private const int BucketCount = 1024;
    private const int ProbesMax = 4;
    private const int SocketsMax = 1024;

    private readonly BpfMap _ports;
    private readonly BpfMap _sockets;
    private readonly uint[] _bucketInterfaces = new uint[BucketCount];
    private readonly bool[] _isUsed = new bool[SocketsMax];

    /// <summary>Takes the maps <c>host_ports</c> and <c>xsk_sockets</c>.</summary>
    /// <param name="program">The loaded object; must outlive this.</param>
    public XskSocketMap(BpfObject program)
    {
        _ports = program.Map("host_ports");
        _sockets = program.Map("xsk_sockets");
    }

    /// <summary>Makes an interface known, without sockets yet: its frames for the gateway are dropped and counted until they come.</summary>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="queueCount">Its queues.</param>
    /// <returns>Number of the first queue's place.</returns>
    /// <exception cref="BpfException">The tables are full, or the interface is in them.</exception>
    internal uint AddPort(int interfaceIndex, int queueCount)
    {
        int bucket = FindBucket((uint)interfaceIndex, 0);
        if (bucket >= 0 || (bucket = FindBucket(0, (uint)interfaceIndex)) < 0)
            throw new BpfException($"interface index {interfaceIndex} is a port already, or shares its place with {ProbesMax} others");

        int start = FindRun(queueCount);
        if (start < 0)
            throw new BpfException($"no room for {queueCount} more AF_XDP sockets: {SocketsMax} in all");
        var entry = new HostPortEntry { InterfaceIndex = (uint)interfaceIndex, SocketBase = (uint)start, QueueCount = (uint)queueCount };
        _ports.Write((uint)bucket, entry);
        _bucketInterfaces[bucket] = (uint)interfaceIndex;
        _isUsed.AsSpan(start, queueCount).Fill(true);
        return (uint)start;
    }

    /// <summary>Forgets an interface.</summary>
    internal void RemovePort(int interfaceIndex, uint socketBase, int queueCount)
    {
        int bucket = FindBucket((uint)interfaceIndex, 0);
        _ports.Write((uint)bucket, default(HostPortEntry));
        _bucketInterfaces[bucket] = 0;
        for (uint place = socketBase; place < socketBase + (uint)queueCount; place++)
            _ = _sockets.Remove(place); // Absent where the queue never had a socket, or the kernel removed it with the socket.
        _isUsed.AsSpan((int)socketBase, queueCount).Clear();
    }

    /// <summary>Puts a bound socket in its place: frames come from now on.</summary>
    /// <exception cref="NativeException">The socket is not bound.</exception>
    internal void SetSocket(uint place, int socketFd) => _sockets.Write(place, socketFd);

    // Finds an interface near its own bucket, or with 0 a free bucket near another's.
    private int FindBucket(uint wanted, uint near)
    {
        uint home = wanted != 0 ? wanted : near;
        for (uint probe = 0; probe < ProbesMax; probe++)
        {
            uint bucket = (home + probe) % BucketCount;
            if (_bucketInterfaces[bucket] == wanted)
                return (int)bucket;
        }

        return -1;
    }

    private int FindRun(int length)
    {
        int free = 0;
        for (int place = 0; place < SocketsMax; place++)
        {
            free = _isUsed[place] ? 0 : free + 1;
            if (free == length)
                return place - length + 1;
        }

        return -1;
    }
}
