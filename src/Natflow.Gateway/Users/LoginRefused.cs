namespace Natflow.Gateway.Users;

/// <summary>The login page refused a login.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The address that tried.</param>
/// <param name="Login">The name that was given, where it has the form of one; empty for none.</param>
/// <param name="Method">How: click, voucher, password or radius.</param>
/// <param name="Reason">Why.</param>
public sealed record LoginRefused(DateTimeOffset At, string Address, string Login, string Method, string Reason) : PolicyEvent(At);
