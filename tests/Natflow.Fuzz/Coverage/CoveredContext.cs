using System.Reflection;
using System.Runtime.Loader;

namespace Natflow.Fuzz.Coverage;

/// <summary>A second, instrumented copy of the product and of the fuzzer in the same process.</summary>
public sealed class CoveredContext : AssemblyLoadContext, IDisposable
{
    private const string Product = "Natflow.";
    private const string TestTools = "Natflow.Testing";

    private readonly Instrumenter _instrumenter = new(AppContext.BaseDirectory);

    /// <summary>An empty context; assemblies are instrumented as they are asked for.</summary>
    public CoveredContext()
        : base("covered")
    {
    }

    /// <summary>Runs targets in it.</summary>
    /// <param name="arguments">As <see cref="FuzzConsole.Run"/> takes them.</param>
    public int Run(string[] arguments) => (int)Method(nameof(FuzzConsole), nameof(FuzzConsole.Run)).Invoke(null, [arguments])!;

    /// <summary>As <see cref="ShortRound.Run"/>, in it.</summary>
    public (string? Failure, int Outcomes, int Edges) RunShort(string target, int count, int seed) =>
        ((string?, int, int))Method(nameof(ShortRound), nameof(ShortRound.Run)).Invoke(null, [target, count, seed])!;

    /// <inheritdoc />
    public void Dispose() => _instrumenter.Dispose();

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string name = assemblyName.Name!;
        string path = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
        if (!name.StartsWith(Product, StringComparison.Ordinal) || !File.Exists(path))
            return null;
        if (name == TestTools)
            return LoadFromAssemblyPath(path);
        using MemoryStream rewritten = _instrumenter.Rewrite(path);
        return LoadFromStream(rewritten);
    }

    private MethodInfo Method(string type, string method) =>
        LoadFromAssemblyName(typeof(CoveredContext).Assembly.GetName()).GetType($"Natflow.Fuzz.{type}", throwOnError: true)!.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!;
}
