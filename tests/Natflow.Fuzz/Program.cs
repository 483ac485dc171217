using Natflow.Fuzz.Coverage;

namespace Natflow.Fuzz;

/// <summary>Runs <see cref="FuzzConsole"/> in an instrumented copy of itself.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var covered = new CoveredContext();
        return covered.Run(args);
    }
}
