using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Host.Lab.Bench;

/// <summary>A lab of generator, gateway and sink for one turn, removed whatever happens. The gateway is started by the turn.</summary>
internal static class BenchLab
{
    private const string LabName = "bench";
    private const int GatewayCpu = 0;

    /// <summary>Builds it, does the turn, removes it.</summary>
    /// <typeparam name="T">What the turn gives.</typeparam>
    /// <param name="mode">How the gateway reaches its interfaces.</param>
    /// <param name="extraConfig">HOCON for the gateway.</param>
    /// <param name="turn">The measurement.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LabException">It cannot be built, or the machine cannot do it.</exception>
    internal static async Task<T> Run<T>(LabMode mode, string extraConfig, Func<LabRun, Task<T>> turn, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var options = new LabOptions(LabName) { Mode = mode, HasServers = false, HasGateway = false, ExtraConfig = Config + extraConfig };
        var lab = new LabRun(options, TimeProvider.System, ForwardNetwork.Build);
        await lab.Up(cancellation);
        try
        {
            return await turn(lab);
        }
        catch (Exception error) when (error is BpfException or NativeException)
        {
            throw new LabException(error.Message);
        }
        finally
        {
            lab.Down();
        }
    }

    private static string Config => $$"""
        natflow.nat.lan-prefixes = [ {{ForwardNetwork.Inside}} ]
        natflow.capacity.flows = 524288
        natflow.gateway.log.level = info
        {{(Environment.ProcessorCount > FrameStream.Cpu ? $"natflow.workers.cpus = [ {GatewayCpu} ]" : string.Empty)}}

        """;
}
