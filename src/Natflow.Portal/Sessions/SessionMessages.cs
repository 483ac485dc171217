using Natflow.Gateway.Users;
using Natflow.Policy.Users;
using Natflow.Portal.Radius;

namespace Natflow.Portal.Sessions;

/// <summary>To the session actor: a login was accepted. No answer.</summary>
/// <param name="Session">The session.</param>
/// <param name="Total">The user's traffic then.</param>
internal sealed record SessionBegan(PortalSession Session, UserTraffic Total);

/// <summary>To the session actor: time went by. No answer.</summary>
internal sealed record SessionTick
{
    internal static readonly SessionTick Instance = new();
}

/// <summary>To the session actor itself: how a session's user is now.</summary>
/// <param name="UserId">The user of the session.</param>
/// <param name="View">The user at its address; null for none.</param>
/// <param name="IsDue">Whether a report is due.</param>
internal sealed record SessionSeen(ulong UserId, UserView? View, bool IsDue);

/// <summary>To the session actor: a RADIUS server wants to end or change a session. The answer is a <see cref="DynamicAnswer"/>.</summary>
/// <param name="Packet">A request that was verified.</param>
internal sealed record DynamicRequest(RadiusPacket Packet);

/// <summary>What came of a <see cref="DynamicRequest"/>.</summary>
/// <param name="Error">0, or an Error-Cause (RFC 5176 section 3.5).</param>
internal sealed record DynamicAnswer(uint Error);

/// <summary>To the session actor: the gateway stops. The answer is the same message, when all reports are with the recorder.</summary>
internal sealed record EndSessions
{
    internal static readonly EndSessions Instance = new();
}

/// <summary>To the session actor: how many sessions there are. The answer is a <see cref="SessionCount"/>.</summary>
internal sealed record SessionCountRequest
{
    internal static readonly SessionCountRequest Instance = new();
}

/// <summary>Sessions now.</summary>
/// <param name="Count">How many.</param>
internal sealed record SessionCount(int Count);
