using Natflow.Gateway.Views.Scan;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>The book of users, looked through entry by entry. Owner: the user actor.</summary>
internal readonly struct BookScan(UserBook book, BookScanRequest request, long nowMs) : IScanTable<UserView>
{
    // Keys of IPv6 addresses lie above all of IPv4; of an address the upper bits are compared.
    private const long Ipv6Key = 1L << 62;
    private const int Ipv6KeyShift = 66;

    /// <inheritdoc />
    public uint End => (uint)book.UsedIndexEnd;

    /// <inheritdoc />
    public bool Matches(uint index)
    {
        if (!book.IsUser((int)index))
            return false;
        BookFilter filter = request.Filter;
        ref readonly UserEntry user = ref book[(int)index];
        if ((filter.Status is { } status && user.Auth.Status != status) || (filter.IsBlocked is { } isBlocked && (user.Auth.Status == AuthStatus.Blocked) != isBlocked))
            return false;
        return (filter.Text is not { } text || HasText((int)index, in user, text)) && ((filter.Prefix is null && filter.Zone is null) || HasAddress((int)index, filter));
    }

    /// <inheritdoc />
    public long KeyOf(uint index)
    {
        ref readonly UserEntry user = ref book[(int)index];
        switch (request.Order)
        {
            case BookOrder.Speed or BookOrder.SpeedDown or BookOrder.SpeedUp:
                UserTraffic speed = user.Speed.PerSecond(nowMs);
                return TableScan.Key((request.Order == BookOrder.SpeedUp ? 0 : speed.RxBytes) + (request.Order == BookOrder.SpeedDown ? 0 : speed.TxBytes));
            case BookOrder.Flows:
                return user.FlowCount;
            case BookOrder.Ports:
                return user.PortCount;
            case BookOrder.Bytes:
                return TableScan.Key(user.Total.RxBytes + user.Total.TxBytes);
            case BookOrder.BytesOut:
                return TableScan.Key(user.Total.TxBytes);
            case BookOrder.BytesIn:
                return TableScan.Key(user.Total.RxBytes);
            case BookOrder.Idle:
                return Math.Max(0, nowMs - user.Auth.ActiveAtMs);
            default:
                return KeyOfAddress((int)index);
        }
    }

    /// <inheritdoc />
    public ScanSums SumsOf(uint index)
    {
        ref readonly UserEntry user = ref book[(int)index];
        return new ScanSums(1, user.FlowCount, user.Total.TxPackets, user.Total.RxPackets, user.Total.TxBytes, user.Total.RxBytes);
    }

    /// <inheritdoc />
    public UserView View(uint index) => book.View((int)index);

    private bool HasText(int index, in UserEntry user, string text) =>
        (user.LoginNumber != 0 && book.LoginOf(index).Contains(text, StringComparison.OrdinalIgnoreCase))
        || (user.Mac != 0 && MacText.Print(user.Mac).Contains(text, StringComparison.OrdinalIgnoreCase));

    private bool HasAddress(int index, BookFilter filter)
    {
        foreach (UserIdentifier identifier in book.IdentifiersOf(index))
        {
            if (UserBook.IsAddress(identifier)
                && (filter.Zone is not { } zone || identifier.Zone == zone)
                && (filter.Prefix is not { } prefix || prefix.Contains(UserBook.AddressOf(identifier))))
            {
                return true;
            }
        }

        return false;
    }

    private long KeyOfAddress(int index)
    {
        if (!book.TryNewestAddress(index, out UserIdentifier address))
            return long.MaxValue;
        return address.Kind == UserIdentifierKind.Ipv4 ? (long)address.Value : Ipv6Key | (long)(address.Value >> Ipv6KeyShift);
    }
}
