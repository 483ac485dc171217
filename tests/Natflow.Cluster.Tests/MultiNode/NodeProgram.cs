namespace Natflow.Cluster.Tests.MultiNode;

/// <summary>This assembly as a program: one node of a scenario, told what to do next by its conductor.</summary>
internal static class NodeProgram
{
    private const int ArgumentsMin = 3;

    /// <summary>Runs a scenario as one of its roles.</summary>
    /// <param name="arguments">Scenario, role, and the URLs of etcd.</param>
    /// <returns>0 where every step of the role held.</returns>
    internal static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length < ArgumentsMin || !Scenarios.All.TryGetValue(arguments[0], out Func<MultiNodeKit, Task>? scenario))
            return 2;
        await using var kit = new MultiNodeKit(arguments[1], [.. arguments[2..].Select(static text => new Uri(text))]);
        try
        {
            await scenario(kit);
            kit.ReportClaims();
            return 0;
        }
        catch (Exception error) when (error is Xunit.Sdk.XunitException or InvalidOperationException or IOException)
        {
            kit.Report("failed", error.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }
}
