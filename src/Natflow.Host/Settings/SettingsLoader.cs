using Natflow.Hocon;
using Natflow.Host.Settings.Binding;

namespace Natflow.Host.Settings;

/// <summary>Reads an operator's configuration over the embedded reference. Nothing of a configuration with a mistake is used.</summary>
public static class SettingsLoader
{
    /// <summary>Name of the reference in locations.</summary>
    public const string ReferenceName = "reference.conf";

    /// <summary>Text of the reference: every key with its unit, range and default.</summary>
    public static string ReferenceText { get; } = ReadReference();

    /// <summary>The reference.</summary>
    public static HoconConfig Reference { get; } = HoconDocument.Parse(ReferenceText, ReferenceName).Resolve();

    /// <summary>Reads a file. Substitutions see the environment of the process.</summary>
    public static SettingsResult Load(string path) => Bind(() => HoconDocument.Load(path, OptionsFor(path)));

    /// <summary>Reads a text.</summary>
    /// <param name="text">HOCON.</param>
    /// <param name="name">Its name, for errors.</param>
    public static SettingsResult Parse(string text, string name = "configuration") => Bind(() => HoconDocument.Parse(text, name, OptionsFor(null)));

    /// <summary>Reads a text as <see cref="Load"/> would if it were in a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The file, which need not exist: includes start from its directory.</param>
    public static SettingsResult ParseInPlaceOf(string text, string path) => Bind(() => HoconDocument.ParseInPlaceOf(text, path, OptionsFor(path)));

    private static SettingsResult Bind(Func<HoconDocument> read)
    {
        try
        {
            return SettingsBinder.Bind(read().Over(Reference).Resolve());
        }
        catch (HoconException error)
        {
            return new SettingsResult { Errors = [new SettingsError(error.Location, error.Path, error.Reason)] };
        }
    }

    // file("...") starts from the directory of the operator's file: the process directory of a service says nothing.
    private static HoconOptions OptionsFor(string? path) => new()
    {
        Environment = Environment.GetEnvironmentVariable,
        BaseDirectory = path is null ? "/" : Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/",
    };

    private static string ReadReference()
    {
        using Stream stream = typeof(SettingsLoader).Assembly.GetManifestResourceStream(ReferenceName)
            ?? throw new InvalidOperationException("the reference is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
