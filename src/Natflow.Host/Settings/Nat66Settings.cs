using System.Net;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.ipv6.nat66</c>.</summary>
/// <param name="IsEnabled">Whether it is on.</param>
/// <param name="Outside">Outside addresses.</param>
public sealed record Nat66Settings(bool IsEnabled, IReadOnlyList<IPAddress> Outside);
