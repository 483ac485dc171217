using System.Text.Json;

namespace Natflow.Hocon.Tests;

public sealed class DocumentCaseTests
{
    public static TheoryData<string> Names => [.. DocumentCase.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Resolve_Case_GivesItsValueOrItsError(string name)
    {
        DocumentCase one = DocumentCase.All[name];
        using var directory = new CaseDirectory();
        foreach ((string file, string text) in one.Files)
            directory.Write(file, text);
        string main = directory.Write("main.conf", one.Text);
        var options = new HoconOptions
        {
            BaseDirectory = directory.Path,
            Environment = variable => one.Environment.GetValueOrDefault(variable),
            Resources = resource => one.Resources.GetValueOrDefault(resource),
        };

        if (one.Value is { } expected)
        {
            HoconValue value = HoconDocument.Load(main, options).ResolveValue();
            Assert.True(JsonOf.AreEqual(expected, value), $"{name}: expected {expected.GetRawText()}, got {JsonOf.Text(value)}");
            return;
        }

        HoconException error = Assert.Throws<HoconException>(() => HoconDocument.Load(main, options).ResolveValue());
        Assert.Equal(one.Error, error.Kind.ToString(), ignoreCase: true);
        Assert.NotEmpty(error.Reason);
        Assert.StartsWith(directory.Path, error.Location.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_OfTheFile_AreAllThere()
    {
        Assert.Equal(283, DocumentCase.All.Count);
        Assert.Equal(99, DocumentCase.All.Values.Count(static one => one.Error is not null));
        Assert.Equal(184, DocumentCase.All.Values.Count(static one => one.Value?.ValueKind is JsonValueKind.Object or JsonValueKind.Array));
    }
}
