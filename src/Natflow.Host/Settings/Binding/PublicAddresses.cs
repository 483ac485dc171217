using Natflow.Core;
using Natflow.Flows;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Reads <c>natflow.nat.public</c>: the word <c>interface</c>, or addresses, prefixes and ranges.</summary>
internal static class PublicAddresses
{
    private const string Expected = "'interface', or a list of addresses, prefixes and ranges such as [ 203.0.113.7, 203.0.113.64/28, 198.51.100.10-198.51.100.19 ]";

    /// <summary>Reads the key.</summary>
    /// <param name="nat">The section.</param>
    /// <param name="log">For mistakes of single elements.</param>
    /// <returns>The addresses, host byte order; null for the uplink's own.</returns>
    internal static IReadOnlyList<uint>? Read(SettingsSection nat, BindingLog log) => nat.Value(
        "public",
        Expected,
        (HoconValue value, out List<uint>? addresses) => TryRead(value, nat.Path.Child("public"), log, out addresses),
        static addresses => addresses is null ? "interface" : $"[{string.Join(", ", addresses.Select(Ipv4Prefix.ToText))}]");

    private static bool TryRead(HoconValue value, HoconPath path, BindingLog log, out List<uint>? addresses)
    {
        addresses = null;
        if (value is HoconScalar { Text: "interface" })
            return true;
        addresses = [];
        IReadOnlyList<HoconValue>? items = value is HoconScalar { Kind: HoconScalarKind.Text } ? [value] : null;
        if (items is null && !HoconConvert.TryList(value, out items))
            return false;
        if (items.Count == 0)
            return false;
        for (int i = 0; i < items.Count; i++)
            Add(addresses, items[i], value is HoconScalar ? path : path.Child($"{i}"), log);
        return true;
    }

    private static void Add(List<uint> addresses, HoconValue item, HoconPath path, BindingLog log)
    {
        if (!TryRange(item, out uint first, out uint last))
        {
            log.Error(item.Location, path, $"expected an IPv4 address, prefix or range, not {SettingsSection.Given(item)}");
            return;
        }

        if ((ulong)last - first + 1 + (ulong)addresses.Count > PublicPool.AddressesMax)
        {
            log.Error(item.Location, path, $"expected at most {PublicPool.AddressesMax} public addresses together");
            return;
        }

        for (ulong address = first; address <= last; address++)
            addresses.Add((uint)address);
    }

    private static bool TryRange(HoconValue item, out uint first, out uint last)
    {
        first = last = 0;
        if (!HoconConvert.TryString(item, out string? text))
            return false;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash >= 0)
            return Ipv4Prefix.TryParseAddress(text[..dash].Trim(), out first) && Ipv4Prefix.TryParseAddress(text[(dash + 1)..].Trim(), out last) && first <= last;
        if (!Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out _))
            return false;
        first = prefix.Network;
        last = prefix.Last;
        return true;
    }
}
