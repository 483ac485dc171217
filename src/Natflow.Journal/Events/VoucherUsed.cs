namespace Natflow.Journal.Events;

/// <summary>A voucher let a subscriber in.</summary>
/// <param name="User">The address that logged in.</param>
/// <param name="Voucher">Its code.</param>
/// <param name="SecondsLeft">How long it holds from now on; 0 for no end.</param>
/// <param name="VolumeBytesLeft">Bytes of both directions that it still has; 0 for no limit.</param>
public sealed record VoucherUsed(string User, string Voucher, long SecondsLeft = 0, ulong VolumeBytesLeft = 0) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}
