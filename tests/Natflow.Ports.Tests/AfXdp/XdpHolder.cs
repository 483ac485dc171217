using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Ports.AfXdp;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>Another process with an <c>af_xdp</c> port: says how it went on standard output, then holds the port until its input ends.</summary>
internal static class XdpHolder
{
    internal const string Ready = "ready";

    internal static int Run(string interfaceName)
    {
        try
        {
            using var memory = new Umem(512, 2048);
            using var pool = new ChunkPool(memory, 0, 512);
            using XdpProgram program = XdpProgram.Load();
            using XdpAttachment attachment = program.Attach(interfaceName);
            using AfXdpPort port = AfXdpPort.Open(attachment, program.Sockets, new AfXdpUmem(memory), [pool], new AfXdpSettings());
            Console.WriteLine(Ready);
            _ = Console.Read();
            return 0;
        }
        catch (BpfException refused)
        {
            Console.WriteLine(refused.Message);
            return 1;
        }
    }
}
