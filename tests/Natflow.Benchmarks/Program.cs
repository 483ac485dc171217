using BenchmarkDotNet.Running;
using Natflow.Benchmarks;

// dotnet run -c Release --project tests/Natflow.Benchmarks -- --filter '*Lookup*'
BenchmarkSwitcher.FromAssembly(typeof(ParseBenchmarks).Assembly).Run(args);
