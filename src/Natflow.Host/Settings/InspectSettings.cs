namespace Natflow.Host.Settings;

/// <summary><c>natflow.inspect</c>.</summary>
public sealed record InspectSettings
{
    /// <summary>New flows are inspected.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>What flows are is reported as events.</summary>
    public required bool Apps { get; init; }

    /// <summary>Flows of the whole gateway that are looked at together.</summary>
    public required int Flows { get; init; }

    /// <summary>Most bytes of payload that wait for others, over all flows of the gateway.</summary>
    public required int BufferBytes { get; init; }

    /// <summary>Packets of a flow after which it is let go.</summary>
    public required int PacketsPerFlow { get; init; }

    /// <summary>Time after which a flow is let go.</summary>
    public required TimeSpan FlowTime { get; init; }

    /// <summary>Subscribers of the whole gateway whose DNS answers are kept.</summary>
    public required int AnswerUsers { get; init; }

    /// <summary>Files that add to the built-in catalogue, absolute paths.</summary>
    public required IReadOnlyList<string> Catalogue { get; init; }

    /// <summary>Files of domain lists, absolute paths; numbered from 1 in their order.</summary>
    public required IReadOnlyList<string> Lists { get; init; }

    /// <summary>Where events are written; null writes none.</summary>
    public required RecordFileSettings? EventLog { get; init; }
}
