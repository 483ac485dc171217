namespace Natflow.Flows.Alg;

/// <summary>An inside endpoint that a subscriber announced to a peer. Network byte order.</summary>
/// <param name="InsidePortBe">Port on the subscriber's own address.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="RemoteAddrBe">Who may come; 0 for anyone.</param>
/// <param name="RemotePortBe">From which port; 0 for any.</param>
/// <param name="IsOnce">Whether one flow is all that is expected.</param>
/// <param name="UntilMs">End, shard clock.</param>
internal readonly record struct Announcement(
    ushort InsidePortBe, byte Protocol, uint RemoteAddrBe, ushort RemotePortBe, bool IsOnce, long UntilMs);
