namespace Natflow.Management.Api.Models;

/// <summary>A port block that a subscriber held at a time.</summary>
/// <param name="Public">Its address.</param>
/// <param name="FirstPort">Its first port.</param>
/// <param name="LastPort">Its last port.</param>
/// <param name="User">Who held it.</param>
/// <param name="Zone">The holder's zone.</param>
/// <param name="Since">Since when, ISO 8601.</param>
public sealed record AuditLeaseModel(string Public, int FirstPort, int LastPort, string User, int Zone, string Since);
