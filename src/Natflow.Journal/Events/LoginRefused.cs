namespace Natflow.Journal.Events;

/// <summary>The login page refused a login.</summary>
/// <param name="User">The address that tried.</param>
/// <param name="Login">The name that was given, or null.</param>
/// <param name="Method">click, voucher, password or radius.</param>
/// <param name="Reason">Why.</param>
public sealed record LoginRefused(string User, string? Login, string Method, string Reason) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}
