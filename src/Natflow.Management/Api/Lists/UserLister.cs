using Natflow.Gateway;
using Natflow.Gateway.Users;
using Natflow.Gateway.Views.Scan;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Policy;

namespace Natflow.Management.Api.Lists;

/// <summary>Gathers users of the book, and what their shards say of them.</summary>
internal static class UserLister
{
    private const int LookupsPerRequest = 256;

    /// <summary>The book's order for one of the API.</summary>
    internal static BookOrder OrderOf(UserSort sort) => sort switch
    {
        UserSort.Flows => BookOrder.Flows,
        UserSort.Blocks => BookOrder.Ports,
        UserSort.Bytes => BookOrder.Bytes,
        UserSort.BytesOut => BookOrder.BytesOut,
        UserSort.BytesIn => BookOrder.BytesIn,
        UserSort.Speed => BookOrder.Speed,
        UserSort.SpeedDown => BookOrder.SpeedDown,
        UserSort.SpeedUp => BookOrder.SpeedUp,
        UserSort.Idle => BookOrder.Idle,
        _ => BookOrder.Address,
    };

    /// <summary>The best users of the book.</summary>
    internal static async Task<TableList<SubscriberModel>> Gather(ControlTarget target, UserControl users, BookFilter filter, BookOrder order, int countMax, bool isDescending)
    {
        TableList<UserView> list = await TableLister.Gather(countMax, isDescending, range => users.Scan(new BookScanRequest(filter, order, range)));
        IReadOnlyDictionary<(uint Address, ushort Zone), SubscriberView> views = await ViewsOf(target.Plane, list.Rows);
        return new TableList<SubscriberModel>(
            list.Rows.ConvertAll(user => SubscriberModel.Of(user, KeyOf(user) is { } key ? views.GetValueOrDefault(key) : null)), list.Sums);
    }

    /// <summary>A user; null where nobody has the address.</summary>
    internal static async Task<SubscriberModel?> Find(ControlTarget target, UserControl users, IpAddress address, ushort zone)
    {
        UserLookup found = await users.Find(new UserLookupRequest([(address, zone)]));
        if (found.Users[0] is not { } user)
            return null;
        SubscriberView? view = null;
        if (!address.IsIpv6)
            view = (await target.Plane.Ask<UserAnswer>(target.Plane.ShardOf((uint)address.Value, zone), new UserRequest((uint)address.Value, zone))).User;
        return SubscriberModel.Of(user, view) with { Address = address.ToString(), Zone = zone };
    }

    private static async Task<IReadOnlyDictionary<(uint Address, ushort Zone), SubscriberView>> ViewsOf(DataPlane plane, IReadOnlyList<UserView> users)
    {
        (uint Address, ushort Zone)[] keys = [.. users.Select(KeyOf).OfType<(uint Address, ushort Zone)>().Distinct()];
        IEnumerable<Task<UsersAnswer>> asked = keys.GroupBy(key => plane.ShardOf(key.Address, key.Zone)).SelectMany(
            shard => shard.Chunk(LookupsPerRequest).Select(chunk => plane.Ask<UsersAnswer>(shard.Key, new UsersRequest(chunk))));
        UsersAnswer[] answers = await Task.WhenAll(asked);
        return answers.SelectMany(static answer => answer.Users).OfType<SubscriberView>().ToDictionary(static view => (view.Address, view.Zone));
    }

    private static (uint Address, ushort Zone)? KeyOf(UserView user) =>
        user.Addresses.Count > 0 && !user.Addresses[0].Network.IsIpv6 ? ((uint)user.Addresses[0].Network.Value, (ushort)user.Zone) : null;
}
