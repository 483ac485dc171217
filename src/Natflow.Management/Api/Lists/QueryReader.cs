using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Gateway.Views;
using Natflow.Policy;

namespace Natflow.Management.Api.Lists;

/// <summary>Reads query parameters; the first mistake is kept, in words that name the parameter.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    /// <summary>Most rows of a page.</summary>
    internal const int LimitMax = 1000;

    /// <summary>Rows that can be paged through in an order; beyond, a filter has to narrow the list.</summary>
    internal const int DepthMax = 10_000;

    private const int LimitDefault = 50;

    /// <summary>What is wrong; null where nothing is.</summary>
    internal string? Error { get; private set; }

    /// <summary><c>limit</c> and <c>offset</c>.</summary>
    internal (int Limit, int Offset) Page()
    {
        int limit = Whole("limit", 1, LimitMax, LimitDefault);
        int offset = Whole("offset", 0, DepthMax - 1, 0);
        if (limit + offset > DepthMax)
            Error ??= $"offset '{offset}': at most {DepthMax} rows can be paged through in an order; narrow the list by a filter";
        return (limit, offset);
    }

    /// <summary><c>sort</c>: a name, with a minus before it for the greatest first.</summary>
    internal (T Order, bool IsDescending) Sort<T>(T order)
        where T : struct, Enum
    {
        string text = query["sort"].ToString();
        if (text.Length == 0)
            return (order, true);
        bool isDescending = text[0] == '-';
        string name = isDescending ? text[1..] : text;
        foreach (T value in Enum.GetValues<T>())
        {
            if (string.Equals(NameOf(value), name, StringComparison.Ordinal))
                return (value, isDescending);
        }

        Error ??= $"sort '{text}': one of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))} is needed, with a minus before it for the greatest first";
        return (order, isDescending);
    }

    /// <summary><c>address</c>, <c>port</c>, <c>protocol</c>, <c>offload</c>.</summary>
    internal FlowFilter FlowFilter()
    {
        var filter = new FlowFilter();
        if (Text("address") is { } address)
            filter = filter with { Address = Address("address", address) };
        if (Text("port") is not null)
            filter = filter with { Port = (ushort)Whole("port", 0, ushort.MaxValue, 0) };
        if (Text("protocol") is { } protocol)
        {
            if (!Control.Endpoint.TryParseProtocol(protocol, out byte number))
                Error ??= $"protocol '{protocol}': tcp, udp, icmp or a number is needed";
            filter = filter with { Protocol = number };
        }

        if (Text("offload") is { } offload)
        {
            if (!Enum.TryParse(offload, ignoreCase: true, out OffloadReason reason) || !Enum.IsDefined(reason))
                Error ??= $"offload '{offload}': one of {string.Join(", ", Enum.GetNames<OffloadReason>())} is needed";
            filter = filter with { Offload = reason };
        }

        return filter;
    }

    /// <summary>A parameter; null where it is absent or empty.</summary>
    internal string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>An IPv4 prefix or address.</summary>
    internal Ipv4Prefix? Prefix(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (!Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out string? error))
            Error ??= $"{name} '{text}': {error}";
        return prefix;
    }

    /// <summary>An IPv4 address.</summary>
    internal uint? Ipv4(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (!Ipv4Prefix.TryParseAddress(text, out uint address))
            Error ??= $"{name} '{text}': an IPv4 address is needed";
        return address;
    }

    /// <summary>A time as ISO 8601, UTC unless it says otherwise.</summary>
    internal DateTimeOffset Time(string name, DateTimeOffset otherwise)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return time;
        Error ??= $"{name} '{text}': a time such as 2026-11-22T10:00:03Z is needed";
        return otherwise;
    }

    /// <summary>An address or a prefix of either family.</summary>
    internal IpNet? Net(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (IpNet.TryParse(text, out IpNet net, out string? error))
            return net;
        Error ??= $"{name} '{text}': {error}";
        return null;
    }

    /// <summary>A whole number in a range.</summary>
    internal int Whole(string name, int min, int max, int otherwise)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max)
            return value;
        Error ??= $"{name} '{text}': {min} to {max} is needed";
        return otherwise;
    }

    /// <summary>An enumeration's value as the API spells it.</summary>
    internal static string NameOf<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private UInt128 Address(string name, string text)
    {
        if (!Control.Endpoint.TryParseAddress(text, out UInt128 address))
            Error ??= $"{name} '{text}': an IPv4 or IPv6 address is needed";
        return address;
    }
}
