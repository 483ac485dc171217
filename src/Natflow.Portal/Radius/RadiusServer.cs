using System.Net;

namespace Natflow.Portal.Radius;

/// <summary>A RADIUS server, or one that may change sessions.</summary>
/// <param name="EndPoint">Address and port.</param>
/// <param name="Secret">The shared secret; its text is not shown.</param>
public sealed record RadiusServer(IPEndPoint EndPoint, RadiusSecret Secret);
