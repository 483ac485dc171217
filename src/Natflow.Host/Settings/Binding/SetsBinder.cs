using Natflow.Hocon;
using Natflow.Policy.Sets;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.sets</c>.</summary>
internal static class SetsBinder
{
    private const int NameMax = 31;

    /// <summary>Binds.</summary>
    internal static IReadOnlyList<SetSettings> Bind(SettingsSection natflow, BindingLog log)
    {
        var sets = new List<SetSettings>();
        foreach ((string name, HoconValue value) in natflow.Map("sets", out HoconPath path))
        {
            HoconPath setPath = path.Child(name);
            if (name.Length is 0 or > NameMax || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(',', StringComparison.Ordinal))
                log.Error(value.Location, setPath, $"expected a name of 1 to {NameMax} characters without blank and comma");
            else if (value is HoconObject fields)
                sets.Add(Read(name, SettingsSection.Element(fields, setPath, log), setPath, log));
            else
                log.Error(value.Location, setPath, $"expected an object such as {{ entries = [ 10.0.0.0/8 ] }}, not {SettingsSection.Given(value)}");
        }

        natflow.Record("sets", string.Join("; ", sets.Select(static set => $"{set.Name} [{string.Join(' ', set.Entries)}] {set.File} {set.IsKernel}")));
        return sets;
    }

    private static SetSettings Read(string name, SettingsSection element, HoconPath path, BindingLog log)
    {
        var builder = new NamedSetBuilder();
        IReadOnlyList<string> entries = element.Has("entries")
            ? element.List("entries", (value, entryPath) => Entry(value, entryPath, builder, log), static entry => entry)
            : [];
        string file = element.Optional<string>("file", "an absolute path", "", SettingReaders.TryAbsolutePath, static text => text);
        bool isKernel = element.Optional<bool>("kernel", "on or off", false, static (HoconValue value, out bool flag) => HoconConvert.TryBoolean(value, out flag), static flag => flag ? "on" : "off");
        element.Finish();
        return new SetSettings(name, entries, file, isKernel);
    }

    private static string? Entry(HoconValue value, HoconPath path, NamedSetBuilder builder, BindingLog log)
    {
        string error = "expected an address, a net, a range, a MAC or a port";
        if (HoconConvert.TryString(value, out string? text) && builder.TryAdd(text, out error!))
            return text;
        log.Error(value.Location, path, error);
        return null;
    }
}
