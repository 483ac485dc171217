using System.Net;
using Natflow.Policy;
using Natflow.Portal.Access;

namespace Natflow.Portal.Pages;

/// <summary>What every request passes by.</summary>
/// <param name="Requests">Rate of one client.</param>
/// <param name="Seal">Seals of forms.</param>
/// <param name="PortOf">LAN port that a connection to one of the box's addresses comes by; null where that is not known.</param>
/// <param name="Style">The style sheet.</param>
internal sealed record PortalStep(RateGate<IpAddress> Requests, FormSeal Seal, Func<IPAddress, byte?> PortOf, byte[] Style);
