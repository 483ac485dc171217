namespace Natflow.Gateway.Users;

/// <summary>The login page refused a login.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The address that tried.</param>
/// <param name="Login">The name that was given, where it has the form of one; empty for none.</param>
/// <param name="Method">How: click, voucher, password or radius.</param>
/// <param name="Reason">Why.</param>
public sealed record LoginRefused(DateTimeOffset At, string Address, string Login, string Method, string Reason) : PolicyEvent(At);

/// <summary>A voucher let a user in.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The address that logged in.</param>
/// <param name="Voucher">Its code.</param>
/// <param name="SecondsLeft">How long it holds from now on; 0 for no end.</param>
/// <param name="VolumeBytesLeft">L3 bytes of both directions that it still has; 0 for no limit.</param>
public sealed record VoucherUsed(DateTimeOffset At, string Address, string Voucher, long SecondsLeft, ulong VolumeBytesLeft) : PolicyEvent(At);
