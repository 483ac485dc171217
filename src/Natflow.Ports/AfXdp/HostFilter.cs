using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Natflow.Bpf;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// What the BPF programs leave to the kernel: the box's own addresses, and of addresses that are NAT's too all but the gateway's L4
/// ports, answers, errors and fragments. Changes take effect with the next frame.
/// </summary>
/// <remarks>One writer thread; counters may be read on any.</remarks>
public sealed class HostFilter
{
    private readonly BpfMap _addresses4;
    private readonly BpfMap _addresses6;
    private readonly BpfMap _ports;
    private readonly BpfMap _counts;
    private readonly ulong[] _portWords = new ulong[2 * HostFilterLayout.PortWords];
    private readonly int _cpuCount;

    /// <summary>Takes the maps of a program that includes <c>host_filter.h</c>.</summary>
    /// <param name="program">The loaded object.</param>
    public HostFilter(BpfObject program)
    {
        _addresses4 = program.Map("local_addresses4");
        _addresses6 = program.Map("local_addresses6");
        _ports = program.Map("gateway_ports");
        _counts = program.Map("host_counts");
        _cpuCount = BpfObject.PossibleCpuCount;
    }

    /// <summary>Adds an address of the box, or changes what it is.</summary>
    /// <param name="address">IPv4 or IPv6; broadcast addresses of attached networks are the box's too.</param>
    /// <param name="isNatPublic">Whether the gateway translates to it as well.</param>
    /// <exception cref="Memory.NativeException">More than 4,096 addresses of a family.</exception>
    public void SetAddress(IPAddress address, bool isNatPublic)
    {
        uint flags = isNatPublic ? HostFilterLayout.NatPublic : 0;
        if (address.AddressFamily == AddressFamily.InterNetwork)
            _addresses4.Write(Key4(address), flags);
        else
            _addresses6.Write(Key6(address), flags);
    }

    /// <summary>Forgets an address: packets to it are the gateway's like any other.</summary>
    /// <returns>False when it was not known.</returns>
    public bool RemoveAddress(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? _addresses4.Remove(Key4(address))
        : _addresses6.Remove(Key6(address));

    /// <summary>Says whose a range of L4 destination ports on NAT's addresses is.</summary>
    /// <param name="protocol"><see cref="ProtocolType.Tcp"/> or <see cref="ProtocolType.Udp"/>.</param>
    /// <param name="firstPort">First port, host order.</param>
    /// <param name="lastPort">Last port, inclusive.</param>
    /// <param name="isGateways">The gateway's, or the kernel's as all are at first.</param>
    /// <remarks>One system call for each 64 ports that change.</remarks>
    public void SetPorts(ProtocolType protocol, ushort firstPort, ushort lastPort, bool isGateways)
    {
        int base64 = protocol switch
        {
            ProtocolType.Tcp => 0,
            ProtocolType.Udp => HostFilterLayout.PortWords,
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "TCP or UDP"),
        };
        for (int port = firstPort; port <= lastPort;)
        {
            int word = port / HostFilterLayout.PortsPerWord;
            int end = Math.Min(lastPort, (word * HostFilterLayout.PortsPerWord) + HostFilterLayout.PortsPerWord - 1);
            ulong mask = ulong.MaxValue >> (HostFilterLayout.PortsPerWord - 1 - (end - port)) << (port % HostFilterLayout.PortsPerWord);
            WriteWord(base64 + word, isGateways ? _portWords[base64 + word] | mask : _portWords[base64 + word] & ~mask);
            port = end + 1;
        }
    }

    /// <summary>Frames counted since the program was loaded, over all CPUs and interfaces.</summary>
    public ulong Read(HostCounter counter)
    {
        var perCpu = new HostFilterLayout.Counters[_cpuCount];
        _ = _counts.TryRead(0u, perCpu.AsSpan());
        ulong total = 0;
        foreach (ref readonly HostFilterLayout.Counters counts in perCpu.AsSpan())
            total += counts.Counts[(int)counter];
        return total;
    }

    private void WriteWord(int index, ulong word)
    {
        if (_portWords[index] == word)
            return;
        _ports.Write((uint)index, word);
        _portWords[index] = word;
    }

    private static uint Key4(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _ = address.TryWriteBytes(bytes, out _);
        return MemoryMarshal.Read<uint>(bytes);
    }

    private static HostFilterLayout.Address6 Key6(IPAddress address)
    {
        var key = new HostFilterLayout.Address6();
        _ = address.TryWriteBytes(key, out _);
        return key;
    }
}
