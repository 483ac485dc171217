namespace Natflow.Gateway.Users;

/// <summary>A voucher let a user in.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The address that logged in.</param>
/// <param name="Voucher">Its code.</param>
/// <param name="SecondsLeft">How long it holds from now on; 0 for no end.</param>
/// <param name="VolumeBytesLeft">L3 bytes of both directions that it still has; 0 for no limit.</param>
public sealed record VoucherUsed(DateTimeOffset At, string Address, string Voucher, long SecondsLeft, ulong VolumeBytesLeft) : PolicyEvent(At);
