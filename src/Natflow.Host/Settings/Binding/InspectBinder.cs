using Natflow.Gateway.Inspection;
using Natflow.Hocon;
using Natflow.Inspect.UrlLog;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.inspect</c> and <c>natflow.url-log</c>.</summary>
internal static class InspectBinder
{
    private const string NoFile = "none";

    internal static InspectSettings BindInspect(SettingsSection inspect, BindingLog log)
    {
        SettingsSection events = inspect.Section("event-log");
        var settings = new InspectSettings
        {
            IsEnabled = inspect.Switch("enabled"),
            Apps = inspect.Switch("apps"),
            Flows = inspect.Whole("flows", 1024, 1 << 24),
            BufferBytes = inspect.SizePowerOfTwo("buffer", 1 << 20, 1 << 30),
            PacketsPerFlow = inspect.Whole("packets-per-flow", 4, 4096),
            FlowTime = inspect.Duration("flow-time", "1s", "5m"),
            AnswerUsers = inspect.Whole("answer-users", 16, 1 << 20),
            Catalogue = inspect.List("catalogue", (value, path) => PathElement(value, path, log), static path => path),
            Lists = inspect.List("lists", (value, path) => PathElement(value, path, log), static path => path),
            EventLog = BindFile(events),
        };
        events.Finish();
        inspect.Finish();
        return settings;
    }

    internal static UrlLogSettings BindUrlLog(SettingsSection urlLog)
    {
        var settings = new UrlLogSettings(
            urlLog.Switch("enabled"),
            BindFile(urlLog),
            urlLog.Duration("window", "0s", "10m"),
            urlLog.OneOf("addresses", ("original", UrlTuple.Original), ("client-and-answerer", UrlTuple.ClientAndAnswerer), ("translated", UrlTuple.Translated)),
            urlLog.Switch("underscores"),
            urlLog.Whole("records", 64, 1 << 22));
        urlLog.Finish();
        return settings;
    }

    private static RecordFileSettings? BindFile(SettingsSection section)
    {
        string path = section.Value<string>("file", "an absolute path, or none", TryPathOrNone, static path => path);
        UrlLogFormat format = section.OneOf("format", ("tsv", UrlLogFormat.Tsv), ("json", UrlLogFormat.Json), ("binary", UrlLogFormat.Binary));
        return path is null or NoFile ? null : new RecordFileSettings(path, format);
    }

    private static bool TryPathOrNone(HoconValue value, out string path)
    {
        if (!HoconConvert.TryString(value, out string? text) || text != NoFile)
            return SettingReaders.TryAbsolutePath(value, out path);
        path = NoFile;
        return true;
    }

    private static string? PathElement(HoconValue value, HoconPath path, BindingLog log)
    {
        if (SettingReaders.TryAbsolutePath(value, out string file))
            return file;
        log.Error(value.Location, path, $"expected an absolute path, not {SettingsSection.Given(value)}");
        return null;
    }
}
