using Natflow.Gateway.Users;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.zones</c>, <c>auth</c>, <c>qos</c>, <c>acl</c> and <c>sets</c>: who may pass, how fast, to where.</summary>
/// <param name="Models">The rules, without sets.</param>
/// <param name="Sets">Where the sets come from.</param>
public sealed record PolicySettings(PolicyModels Models, IReadOnlyList<SetSettings> Sets);
