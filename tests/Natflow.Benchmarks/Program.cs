using BenchmarkDotNet.Running;
using Natflow.Benchmarks;
using Natflow.Benchmarks.Xdp;

if (args is ["ppe"])
    return PpeBench.Run(Console.Out);

if (args is not ["xdp", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(ParseBenchmarks).Assembly).Run(args);
    return 0;
}

int[] ringSizes = args.Length > 1 ? Array.ConvertAll(args[1..], int.Parse) : [64, 128, 256, 512, 1024, 2048, 4096];
return ForwardBench.Run(ringSizes, Console.Out);
