using System.Text.Json;
using Natflow.Actors;
using Natflow.Actors.Event;

namespace Natflow.Host.Logging;

/// <summary>Writes what is logged on the event stream, a line an event: text for people, or JSON for collectors.</summary>
internal sealed class LogActor : ReceiveActor
{
    private readonly TextWriter _output;
    private readonly bool _isJson;

    /// <summary>Makes the writer.</summary>
    /// <param name="output">Gets the lines.</param>
    /// <param name="isJson">One JSON object a line, instead of text.</param>
    internal LogActor(TextWriter output, bool isJson)
    {
        _output = output;
        _isJson = isJson;
        Receive<LogEvent>(OnLogEvent);
    }

    /// <inheritdoc />
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LogEvent));

    private static string LevelOf(LogEvent logged) => logged.LogLevel switch
    {
        LogLevel.ErrorLevel => "error",
        LogLevel.WarningLevel => "warning",
        LogLevel.InfoLevel => "info",
        _ => "debug",
    };

    private static string JsonOf(LogEvent logged)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", logged.Timestamp.ToUniversalTime());
            json.WriteString("level", LevelOf(logged));
            json.WriteString("source", logged.LogSource);
            json.WriteString("message", logged.Message);
            if (logged.Cause is { } cause)
                json.WriteString("cause", cause.ToString());
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void OnLogEvent(LogEvent logged)
    {
        if (_isJson)
            _output.WriteLine(JsonOf(logged));
        else
            _output.WriteLine($"{logged.Timestamp.ToUniversalTime():yyyy-MM-ddTHH:mm:ss.fffZ} {LevelOf(logged),-7} {logged.LogSource}: {logged.Message}{(logged.Cause is { } cause ? $": {cause}" : string.Empty)}");
    }
}
