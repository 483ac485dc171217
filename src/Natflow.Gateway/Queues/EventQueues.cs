namespace Natflow.Gateway.Queues;

/// <summary>The original's three event queues.</summary>
public sealed class EventQueues
{
    /// <summary>Makes them, empty and without readers.</summary>
    public EventQueues() => All = new Dictionary<string, EventQueue>(StringComparer.Ordinal)
    {
        ["natflow_userinfo_queue"] = UserInfo,
        ["natflow_urllogger_queue"] = UrlLogger,
        ["natflow_dpi_queue"] = Dpi,
    };

    /// <summary>Users, whenever something was decided about them: <see cref="UserRecordV3"/>.</summary>
    public EventQueue UserInfo { get; } = new();

    /// <summary>Visits: <see cref="Inspect.UrlLog.UrlRecordV2"/>.</summary>
    public EventQueue UrlLogger { get; } = new();

    /// <summary>Flows that were recognised: <see cref="Inspect.Apps.AppEventV3"/>.</summary>
    public EventQueue Dpi { get; } = new();

    /// <summary>All, by the names of their devices under <c>/dev</c>.</summary>
    public IReadOnlyDictionary<string, EventQueue> All { get; }
}
