using System.CommandLine;
using System.CommandLine.Parsing;
using Natflow.Core;

namespace Natflow.Cli.Commands;

/// <summary>Options whose value is a list of prefixes or addresses, separated by commas.</summary>
internal static class CidrOption
{
    /// <summary><c>--lan CIDR[,CIDR]|auto</c>; auto is the empty list.</summary>
    internal static Option<IReadOnlyList<Ipv4Prefix>> Lan() => new("--lan")
    {
        Description = "The subscribers' networks, or 'auto': who begins a conversation is the subscriber.",
        HelpName = "CIDR[,CIDR]|auto",
        DefaultValueFactory = static _ => [],
        CustomParser = ParsePrefixes,
    };

    /// <summary><c>--public IP[,IP]</c>.</summary>
    internal static Option<IReadOnlyList<uint>?> Public() => new("--public")
    {
        Description = "The gateway's public addresses. Default: 203.0.113.1 to 203.0.113.64.",
        HelpName = "IP[,IP]",
        CustomParser = ParseAddresses,
    };

    private static List<Ipv4Prefix> ParsePrefixes(ArgumentResult result)
    {
        var prefixes = new List<Ipv4Prefix>();
        string value = result.Tokens[0].Value;
        if (value == "auto")
            return prefixes;
        foreach (string part in value.Split(','))
        {
            if (Ipv4Prefix.TryParse(part, out Ipv4Prefix prefix, out string? error))
                prefixes.Add(prefix);
            else
                result.AddError($"--lan: {error}");
        }

        return prefixes;
    }

    private static List<uint> ParseAddresses(ArgumentResult result)
    {
        var addresses = new List<uint>();
        foreach (string part in result.Tokens[0].Value.Split(','))
        {
            if (Ipv4Prefix.TryParseAddress(part, out uint address))
                addresses.Add(address);
            else
                result.AddError($"--public: '{part}': not an IPv4 address such as 203.0.113.1");
        }

        return addresses;
    }
}
