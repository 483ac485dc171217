using System.Reflection;
using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Natflow.Benchmarks.Tests;

/// <summary>Runs each benchmark once, small, and holds it to its allocation budget.</summary>
public sealed class BudgetTests
{
    private const int WarmUpCalls = 30;
    private const int RoundCount = 5;
    private const int CallsPerRound = 10;

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
            Assert.Equal(Budgets[name] * CallsPerRound, Enumerable.Range(0, RoundCount).Min(_ => AllocatedBytes(call)));
        }
        finally
        {
            (benchmark as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Budgets_AndBenchmarks_AreTheSame() => Assert.Equal(Methods().Select(NameOf).Order(StringComparer.Ordinal), Budgets.Keys.Order(StringComparer.Ordinal));

    // Now and then the runtime allocates on this thread for itself, when it compiles a hot loop anew: so the least of some rounds counts.
    private static long AllocatedBytes(Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < CallsPerRound; i++)
            call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

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
