using Natflow.Hocon;
using Natflow.Host.Settings;
using Natflow.Host.Settings.Binding;

namespace Natflow.Host.Tests.Settings;

public sealed class ReferenceTests
{
    private const string TwoPorts = "natflow.ports { lan = [ eth1 ], wan = [ eth0 ] }";

    [Fact]
    public void Reference_Alone_LacksTheInterfacesAndNothingElse()
    {
        SettingsResult result = SettingsLoader.Parse(string.Empty);

        Assert.False(result.IsValid);
        Assert.Equal(["natflow.ports.lan", "natflow.ports.wan"], result.Errors.Select(static error => error.Path));
        Assert.All(result.Errors, static error => Assert.Equal(SettingsLoader.ReferenceName, error.Location.File));
    }

    [Fact]
    public void Reference_EveryKey_IsBoundAndEverySettingIsInIt()
    {
        NatflowSettings settings = SettingsLoader.Parse(TwoPorts).Settings!;

        string[] keys = [.. Leaves(SettingsLoader.Reference.Root, HoconPath.Root).Select(static leaf => leaf.Path)];
        Assert.True(keys.Length > 60);
        Assert.Equal(keys.Order(StringComparer.Ordinal), settings.Values.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Reference_KeyTakenAway_IsMissedByTheBinder()
    {
        foreach ((string path, HoconValue value) in Leaves(SettingsLoader.Reference.Root, HoconPath.Root))
        {
            string[] lines = SettingsLoader.ReferenceText.Split('\n');
            lines[value.Location.Line - 1] = string.Empty;
            HoconConfig without = HoconDocument.Parse(string.Join('\n', lines), "without").Resolve();
            Assert.False(without.TryFind(HoconPath.Parse(path), out _));
            SettingsResult result = SettingsBinder.Bind(without);
            Assert.Contains(result.Errors, error => error.Path == path && error.Message == "the key is missing");
        }
    }

    [Fact]
    public void Reference_EveryKey_HasACommentWithItsReloadClass()
    {
        string[] lines = SettingsLoader.ReferenceText.Split('\n');
        foreach ((string path, HoconValue value) in Leaves(SettingsLoader.Reference.Root, HoconPath.Root))
        {
            string mark = MarkAbove(lines, value.Location.Line - 1);
            Assert.True(mark == (LiveKeys.Contains(path) ? "[live]" : "[restart]"), $"{path}: the reference says {mark}");
        }
    }

    [Fact]
    public void Reference_Embedded_IsTheFileOfTheRepository() =>
        Assert.Equal(File.ReadAllText(RepositoryFiles.Hocon("reference.conf")), SettingsLoader.ReferenceText);

    [Theory, InlineData("single-box.conf"), InlineData("lab.conf")]
    public void ReadyFile_OfTheRepository_IsValid(string name)
    {
        SettingsResult result = SettingsLoader.Load(RepositoryFiles.Hocon(name));

        Assert.Empty(result.Errors);
        Assert.True(result.IsValid);
        Assert.NotEmpty(result.Settings.Ports.Lan);
    }

    private static string MarkAbove(string[] lines, int line)
    {
        for (int i = line; i >= 0; i--)
        {
            string? mark = new[] { "[live]", "[restart]" }.FirstOrDefault(mark => lines[i].Contains(mark, StringComparison.Ordinal));
            if (mark is not null && lines[i].TrimStart().StartsWith('#'))
                return mark;
        }

        return "nothing";
    }

    private static IEnumerable<(string Path, HoconValue Value)> Leaves(HoconObject fields, HoconPath path) => fields.Fields.SelectMany(field =>
        field.Value is HoconObject { Fields.Count: > 0 } below ? Leaves(below, path.Child(field.Key)) : [(path.Child(field.Key).ToString(), field.Value)]);
}
