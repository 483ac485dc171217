using System.Collections.Immutable;

namespace Natflow.Policy.Acl;

/// <summary>What <c>hostacl_ctl</c> holds. Immutable.</summary>
/// <param name="DefaultAction">What happens where no rule hits.</param>
/// <param name="RedirectUrl">Where HTTP clients are sent; empty: they get a reset.</param>
/// <param name="Entries">The rules, in the order they came.</param>
public sealed record AclModel(AclAction DefaultAction, string RedirectUrl, ImmutableList<AclEntry> Entries)
{
    /// <summary>Rules at most.</summary>
    public const int EntryCountMax = 1_000_000;

    /// <summary>Longest URL, characters; the original cut at 255.</summary>
    public const int UrlMax = 2047;

    /// <summary>What a gateway has before anything is said.</summary>
    public static AclModel Default { get; } = new(AclAction.Accept, "http://1.1.1.1/blocked.html", []);
}
