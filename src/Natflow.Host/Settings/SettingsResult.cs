using System.Diagnostics.CodeAnalysis;

namespace Natflow.Host.Settings;

/// <summary>Settings, or every reason why there are none.</summary>
public sealed record SettingsResult
{
    /// <summary>The settings; null where there is an error.</summary>
    public NatflowSettings? Settings { get; init; }

    /// <summary>Every mistake that was found, by file and line.</summary>
    public required IReadOnlyList<SettingsError> Errors { get; init; }

    /// <summary>Whether there are settings.</summary>
    [MemberNotNullWhen(true, nameof(Settings))]
    public bool IsValid => Settings is not null;
}
