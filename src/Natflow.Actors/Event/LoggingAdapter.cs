using System.Diagnostics.CodeAnalysis;

namespace Natflow.Actors.Event;

/// <summary>Publishes log events of one source, at or above <see cref="ActorSystemSettings.LogLevel"/>. Formats nothing that is not published. Any thread.</summary>
public sealed class LoggingAdapter
{
    private readonly ActorSystem _system;
    private readonly string _source;

    internal LoggingAdapter(ActorSystem system, string source)
    {
        _system = system;
        _source = source;
    }

    /// <summary>Whether debug events are published.</summary>
    public bool IsDebugEnabled => _system.Settings.LogLevel <= LogLevel.DebugLevel;

    /// <summary>For whoever looks for a fault.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    public void Debug([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args)
    {
        if (IsDebugEnabled) _system.Publish(new Debug(_source, Text(format, args), Cause: null, _system.Now));
    }

    /// <summary>Normal operation.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    public void Info([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args)
    {
        if (_system.Settings.LogLevel <= LogLevel.InfoLevel)
            _system.Publish(new Info(_source, Text(format, args), Cause: null, _system.Now));
    }

    /// <summary>Works, but not as meant.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    public void Warning([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args)
    {
        if (_system.Settings.LogLevel <= LogLevel.WarningLevel)
            _system.Publish(new Warning(_source, Text(format, args), Cause: null, _system.Now));
    }

    /// <summary>Something did not work.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    public void Error([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args) =>
        Error(cause: null, format, args);

    /// <summary>Something did not work.</summary>
    /// <param name="cause">What was thrown.</param>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    public void Error(
        Exception? cause, [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args) =>
        _system.Publish(new Error(_source, Text(format, args), cause, _system.Now));

    private static string Text(string format, ReadOnlySpan<object?> args) =>
        args.IsEmpty ? format : string.Format(provider: null, format, args);
}
