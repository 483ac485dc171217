using System.Reflection;
using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Natflow.Benchmarks.Tests;

/// <summary>Runs each benchmark once, small, and holds it to its allocation budget.</summary>
public sealed class BudgetTests
{
    private const int WarmUpCalls = 30;
    private const int MeasuredCalls = 10;

    private static readonly Dictionary<string, long> Budgets = JsonSerializer.Deserialize<Dictionary<string, long>>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "budgets.json")))!;

    public static TheoryData<string> Benchmarks() => [.. Methods().Select(NameOf)];

    [Theory, MemberData(nameof(Benchmarks))]
    public void Benchmark_RunOnce_KeepsItsAllocationBudget(string name)
    {
        MethodInfo method = Methods().Single(method => NameOf(method) == name);
        object benchmark = Activator.CreateInstance(method.DeclaringType!)!;
        method.DeclaringType!.GetMethods().Single(static setup => setup.IsDefined(typeof(GlobalSetupAttribute))).Invoke(benchmark, parameters: null);
        try
        {
            Action call = CallOf(benchmark, method);
            for (int i = 0; i < WarmUpCalls; i++)
                call();
            long[] allocatedBytes = new long[MeasuredCalls];
            for (int i = 0; i < MeasuredCalls; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                call();
                allocatedBytes[i] = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.Equal(Enumerable.Repeat(Budgets[name], MeasuredCalls), allocatedBytes);
        }
        finally
        {
            (benchmark as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Budgets_AndBenchmarks_AreTheSame() => Assert.Equal(Methods().Select(NameOf).Order(StringComparer.Ordinal), Budgets.Keys.Order(StringComparer.Ordinal));

    private static IEnumerable<MethodInfo> Methods() => typeof(ParseBenchmarks).Assembly.GetExportedTypes()
        .SelectMany(static type => type.GetMethods())
        .Where(static method => method.IsDefined(typeof(BenchmarkAttribute)));

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    // Without boxing the result, which would count as the benchmark's allocation.
    private static Action CallOf(object benchmark, MethodInfo method) => (Action)typeof(BudgetTests)
        .GetMethod(nameof(Discarding), BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(method.ReturnType)
        .Invoke(obj: null, [benchmark, method])!;

    private static Action Discarding<T>(object benchmark, MethodInfo method)
    {
        Func<T> function = method.CreateDelegate<Func<T>>(benchmark);
        return () => _ = function();
    }
}
