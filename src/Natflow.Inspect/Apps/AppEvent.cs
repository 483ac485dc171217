using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Apps;

/// <summary>A flow has its answer.</summary>
/// <param name="Ends">The flow's ends, who began it first, before any translation.</param>
/// <param name="TimestampNs">When, by the caller's clock.</param>
/// <param name="AppId">The answer.</param>
/// <param name="CategoryId">Its category.</param>
/// <param name="Source">What decided.</param>
/// <param name="IsFromReply">It was decided by the end that did not begin the flow.</param>
public readonly record struct AppEvent(FlowEnds Ends, long TimestampNs, ushort AppId, byte CategoryId, AppSource Source, bool IsFromReply);
