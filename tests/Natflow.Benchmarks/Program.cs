using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Natflow.Benchmarks;
using Natflow.Benchmarks.Xdp;

// gateway [ROUNDS [FLOWS,... [RING...]]]
if (args is ["gateway", ..])
{
    int rounds = args.Length > 1 ? int.Parse(args[1]) : 5;
    int[] flowCounts = args.Length > 2 ? Array.ConvertAll(args[2].Split(','), int.Parse) : [1, 1000];
    return GatewayBench.Run(rounds, flowCounts, Array.ConvertAll(args.Length > 3 ? args[3..] : [], int.Parse), Console.Out, Console.Error);
}
if (args is ["snapshot", ..])
    return SnapshotBench.Run(args.Length > 1 ? int.Parse(args[1]) : 1_000_000, rounds: 3, Console.Out);

if (args is not ["xdp", ..])
{
    // Each run builds all projects anew: without analyzers, and with more time than the default two minutes.
    Environment.SetEnvironmentVariable("RunAnalyzers", "false");
    ManualConfig config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10));
    BenchmarkSwitcher.FromAssembly(typeof(ParseBenchmarks).Assembly).Run(args, config);
    return 0;
}

int[] ringSizes = args.Length > 1 ? Array.ConvertAll(args[1..], int.Parse) : [64, 128, 256, 512, 1024, 2048, 4096];
return ForwardBench.Run(ringSizes, Console.Out);
