using System.Reflection;
using Natflow.Inspect.Catalogue;
using Xunit.Sdk;

namespace Natflow.Inspect.Tests.Apps;

/// <summary>Walks the catalogue: each signature has to have a case that it takes, one that it refuses, and one that it refuses because it is cut.</summary>
public sealed class SignatureCasesTests
{
    private const string Inferred = "dns-answer"; // By an answer's name, not by a payload.

    [Fact]
    public void Cases_OfEachSignature_ArePositiveNegativeAndTruncated()
    {
        using AppCatalogue catalogue = AppCatalogue.LoadBuiltIn(seed: 1);
        (string Expected, string Script)[] cases = [.. Cases()];
        string[] names =
        [
            .. catalogue.Entries.Where(static entry => !entry.IsApp).Select(static entry => entry.Name)
                .Union(Enumerable.Range(1, catalogue.LastSource).Select(source => catalogue.SourceName((byte)source)))
                .Where(static name => name != Inferred),
        ];
        Assert.True(names.Length > 30);
        string[] lacking = [.. names.SelectMany(name => Lacking(name, cases)).Order(StringComparer.Ordinal)];
        Assert.True(lacking.Length == 0, string.Join('\n', lacking));
    }

    private static IEnumerable<string> Lacking(string name, (string Expected, string Script)[] cases)
    {
        string[] positive = [.. cases.Where(one => one.Expected == name).Select(static one => one.Script)];
        string[] ports = [.. positive.Select(PortsOf).Distinct()];
        string[] refused = [.. cases.Where(one => one.Expected == "-" && ports.Contains(PortsOf(one.Script))).Select(static one => one.Script)];
        bool IsCut(string script) => positive.Any(taken => IsPrefix(FlowScript.BytesOf(script), FlowScript.BytesOf(taken)));
        if (positive.Length == 0) yield return $"{name}: no positive case";
        if (!refused.Any(IsCut)) yield return $"{name}: no truncated case";
        if (refused.All(IsCut)) yield return $"{name}: no negative case";
    }

    private static bool IsPrefix(string part, string whole) => part.Length < whole.Length && whole.StartsWith(part, StringComparison.Ordinal);

    // Transport and server port: where a signature is at home.
    private static string PortsOf(string script)
    {
        string[] words = script.Split(' ');
        return $"{words[0]} {words[2]}";
    }

    private static IEnumerable<(string Expected, string Script)> Cases() =>
        from method in typeof(SignatureTests).GetMethods()
        from row in method.GetCustomAttributes<InlineDataAttribute>()
        let values = ((DataAttribute)row).GetData(method).Single()
        where values is [string, string]
        select ((string)values[0], (string)values[1]);
}
