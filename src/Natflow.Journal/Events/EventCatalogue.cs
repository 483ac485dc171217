using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Natflow.Journal.Events;

/// <summary>
/// All events by name and version: how each becomes bytes, and how the bytes of earlier versions become the event of now. Names and versions stand in
/// stored rows for good; <c>Events/README.md</c> lists them.
/// </summary>
/// <remarks>Any thread, once built.</remarks>
public sealed class EventCatalogue
{
    private readonly Dictionary<Type, (string Manifest, JsonTypeInfo Type)> _byType = [];
    private readonly Dictionary<string, JsonTypeInfo> _byManifest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Next, Action<JsonObject> Step)> _upcasters = new(StringComparer.Ordinal);

    /// <summary>The events of the gateway.</summary>
    public static EventCatalogue Default { get; } = MakeDefault();

    /// <summary>Manifests of the versions of now.</summary>
    public IEnumerable<string> Manifests => _byManifest.Keys.Order(StringComparer.Ordinal);

    /// <summary>Adds an event.</summary>
    /// <param name="name">Stable name.</param>
    /// <param name="version">Version of now, from 1.</param>
    /// <param name="type">Its serialisation.</param>
    public EventCatalogue Add<T>(string name, int version, JsonTypeInfo<T> type)
        where T : IJournalEvent
    {
        string manifest = $"{name}:{version}";
        _byType.Add(typeof(T), (manifest, type));
        _byManifest.Add(manifest, type);
        return this;
    }

    /// <summary>Says how an earlier version becomes the next one.</summary>
    /// <param name="name">Name of the event.</param>
    /// <param name="version">The earlier version.</param>
    /// <param name="step">Changes the object.</param>
    public EventCatalogue Upcast(string name, int version, Action<JsonObject> step)
    {
        _upcasters.Add($"{name}:{version}", ($"{name}:{version + 1}", step));
        return this;
    }

    /// <summary>Makes bytes of an event.</summary>
    /// <param name="journalEvent">Of a type in the catalogue.</param>
    /// <exception cref="NotSupportedException">The type is not in the catalogue.</exception>
    public (string Manifest, byte[] Payload) Encode(object journalEvent) => _byType.TryGetValue(journalEvent.GetType(), out (string Manifest, JsonTypeInfo Type) entry)
        ? (entry.Manifest, JsonSerializer.SerializeToUtf8Bytes(journalEvent, entry.Type))
        : throw new NotSupportedException($"{journalEvent.GetType().Name} is not in the event catalogue");

    /// <summary>Makes an event of bytes. Any bytes give a result: what cannot be read is an <see cref="UnknownEvent"/>.</summary>
    /// <param name="entry">As stored.</param>
    public IJournalEvent Decode(JournalEntry entry) => entry.IsErased ? new ErasedEvent(entry.Manifest) : Decode(entry.Manifest, entry.Payload);

    /// <summary>As <see cref="Decode(JournalEntry)"/>, of what an entry holds.</summary>
    /// <param name="manifest">Name and version.</param>
    /// <param name="payload">JSON.</param>
    public IJournalEvent Decode(string manifest, byte[] payload)
    {
        try
        {
            if (_byManifest.TryGetValue(manifest, out JsonTypeInfo? type))
                return JsonSerializer.Deserialize(payload, type) as IJournalEvent ?? new UnknownEvent(manifest, payload, "no object");
            return _upcasters.ContainsKey(manifest) ? DecodeEarlier(manifest, payload) : new UnknownEvent(manifest, payload, "not in the catalogue");
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or FormatException or NotSupportedException or ArgumentException)
        {
            return new UnknownEvent(manifest, payload, bad.Message);
        }
    }

    private IJournalEvent DecodeEarlier(string manifest, byte[] payload)
    {
        if (JsonNode.Parse(payload) is not JsonObject content)
            return new UnknownEvent(manifest, payload, "no object");
        string version = manifest;
        while (_upcasters.TryGetValue(version, out (string Next, Action<JsonObject> Step) upcaster))
        {
            upcaster.Step(content);
            version = upcaster.Next;
        }

        return _byManifest.TryGetValue(version, out JsonTypeInfo? type) && content.Deserialize(type) is IJournalEvent journalEvent
            ? journalEvent
            : new UnknownEvent(manifest, payload, "its later version is not in the catalogue");
    }

    private static EventCatalogue MakeDefault() => new EventCatalogue()
        .Add("port-block-allocated", 2, EventJson.Default.PortBlockAllocated)
        .Add("port-block-released", 2, EventJson.Default.PortBlockReleased)
        .Add("pool-threshold-reached", 1, EventJson.Default.PoolThresholdReached)
        .Add("session-opened", 1, EventJson.Default.SessionOpened)
        .Add("session-closed", 1, EventJson.Default.SessionClosed)
        .Add("nat-plan-changed", 1, EventJson.Default.NatPlanChanged)
        .Add("user-seen", 1, EventJson.Default.UserSeen)
        .Add("user-gone", 1, EventJson.Default.UserGone)
        .Add("user-logged-in", 1, EventJson.Default.UserLoggedIn)
        .Add("user-logged-out", 1, EventJson.Default.UserLoggedOut)
        .Add("user-kicked", 1, EventJson.Default.UserKicked)
        .Add("user-limit-set", 1, EventJson.Default.UserLimitSet)
        .Add("policy-changed", 1, EventJson.Default.PolicyChanged)
        .Add("url-visited", 2, EventJson.Default.UrlVisited)
        .Add("user-moved", 1, EventJson.Default.UserMoved)
        .Add("user-matched", 1, EventJson.Default.UserMatched)
        .Add("user-status-set", 1, EventJson.Default.UserStatusSet)
        .Add("user-session-changed", 1, EventJson.Default.UserSessionChanged)
        .Add("user-joined", 1, EventJson.Default.UserJoined)
        .Add("user-traffic", 1, EventJson.Default.UserTraffic)
        .Add("login-refused", 1, EventJson.Default.LoginRefused)
        .Add("voucher-used", 1, EventJson.Default.VoucherUsed)
        .Add("rules-changed", 1, EventJson.Default.RulesChanged)
        .Add("rules-written", 1, EventJson.Default.RulesWritten)
        .Add("rules-configured", 1, EventJson.Default.RulesConfigured)
        .Add("gateway-started", 1, EventJson.Default.GatewayStarted)
        .Add("gateway-stopped", 1, EventJson.Default.GatewayStopped)
        .Add("operator-acted", 1, EventJson.Default.OperatorActed)
        .Add("events-lost", 1, EventJson.Default.EventsLost)
        .Add("clock-stepped-back", 1, EventJson.Default.ClockSteppedBack)
        .Add("subject-erased", 1, EventJson.Default.SubjectErased)
        .Add("journal-trimmed", 1, EventJson.Default.JournalTrimmed)
        .Upcast("port-block-allocated", 1, EventUpcasters.PortBlockRange)
        .Upcast("port-block-released", 1, EventUpcasters.PortBlockRange)
        .Upcast("url-visited", 1, EventUpcasters.UrlParts);
}
