using Natflow.Core;

namespace Natflow.Gateway.Replay;

/// <summary>How recorded frames are told apart.</summary>
/// <param name="LanPrefixes">The subscribers' networks; empty means that who begins a conversation is the subscriber (<c>--lan auto</c>).</param>
public sealed record ReplaySettings(IReadOnlyList<Ipv4Prefix> LanPrefixes);
