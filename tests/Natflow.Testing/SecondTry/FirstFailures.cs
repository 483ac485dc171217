using System.Text;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Natflow.Testing.SecondTry;

/// <summary>Says which cases needed a second try, so that none hides there: to the runner, and to the file that <c>NATFLOW_FIRST_FAILURES</c> names.</summary>
internal static class FirstFailures
{
    private const string Variable = "NATFLOW_FIRST_FAILURES";

    /// <summary>Tells of one.</summary>
    internal static void Tell(string displayName, string failure, IMessageSink diagnostics)
    {
        string line = $"{displayName}: {failure.ReplaceLineEndings(" ")}";
        _ = diagnostics.OnMessage(new DiagnosticMessage($"failed at first: {line}"));
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return;
        // Other assemblies' runs append to it too.
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }
}
