using System.Diagnostics.CodeAnalysis;

namespace Natflow.Actors.Event;

/// <summary>The log of one source. Publishes at or above <see cref="ActorSystem.LogLevel"/>; formats nothing that is not published. Any thread.</summary>
public interface ILoggingAdapter
{
    /// <summary>Whether debug events are published.</summary>
    bool IsDebugEnabled { get; }

    /// <summary>For whoever looks for a fault.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    void Debug([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args);

    /// <summary>Normal operation.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    void Info([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args);

    /// <summary>Works, but not as meant.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    void Warning([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args);

    /// <summary>Something did not work.</summary>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    void Error([StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args);

    /// <summary>Something did not work.</summary>
    /// <param name="cause">What was thrown.</param>
    /// <param name="format">Text; a composite format if there are arguments.</param>
    /// <param name="args">Arguments of the format.</param>
    void Error(
        Exception? cause, [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params ReadOnlySpan<object?> args);
}
