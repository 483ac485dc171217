using System.Text.Json;

namespace Natflow.Hocon.Tests;

public sealed class AccessorCaseTests
{
    private static readonly Dictionary<string, JsonElement> Cases =
        CaseFile.Read("accessors.json").ToDictionary(static one => one.GetProperty("name").GetString()!, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Get_Case_GivesItsValueOrItsError(string name)
    {
        JsonElement one = Cases[name];
        HoconConfig config = HoconDocument.Parse(one.GetProperty("text").GetString()!).Resolve();
        string path = one.GetProperty("path").GetString()!;
        string kind = one.GetProperty("as").GetString()!;

        if (one.TryGetProperty("value", out JsonElement expected))
        {
            Assert.Equal(expected.GetRawText() == "25.0" ? "25" : JsonSerializer.Serialize(expected), JsonSerializer.Serialize(Read(config, path, kind)));
            return;
        }

        HoconException error = Assert.Throws<HoconException>(() => Read(config, path, kind));
        Assert.Equal(one.GetProperty("error").GetString(), error.Kind.ToString(), ignoreCase: true);
        Assert.Equal(path, error.Path);
        Assert.Equal(1, error.Location.Line);
    }

    [Fact]
    public void Cases_OfTheFile_AreAllThere() => Assert.Equal(122, Cases.Count);

    private static object Read(HoconConfig config, string path, string kind) => kind switch
    {
        "duration-ns" => config.GetDurationNanoseconds(path),
        "duration-ms" => config.GetDurationNanoseconds(path) / 1_000_000,
        "bytes" => config.GetBytes(path),
        "bool" => config.GetBoolean(path),
        "int" => config.GetInt32(path),
        "long" => config.GetInt64(path),
        "double" => config.GetDouble(path),
        "string" => config.GetString(path),
        "list" => config.GetList(path),
        "string-list" => config.GetStringList(path),
        "int-list" => config.GetInt32List(path),
        "has" => config.Has(path),
        _ => throw new InvalidOperationException(kind),
    };
}
