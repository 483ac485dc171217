using Natflow.Gateway.Users;
using Natflow.Journal.Events;

namespace Natflow.Journal.Users;

/// <summary>Makes events of the catalogue from what the login page decides.</summary>
internal static class PortalFacts
{
    internal static IJournalEvent? Of(PolicyEvent policyEvent) => policyEvent switch
    {
        Gateway.Users.LoginRefused refused => new Events.LoginRefused(refused.Address, refused.Login.Length == 0 ? null : refused.Login, refused.Method, refused.Reason),
        Gateway.Users.VoucherUsed used => new Events.VoucherUsed(used.Address, used.Voucher, used.SecondsLeft, used.VolumeBytesLeft),
        _ => null,
    };
}
