using Natflow.Actors;

namespace Natflow.Gateway.Users;

/// <summary>To the policy actor: who reads named sets. It hears which names rules have from now on, as <see cref="SetsWanted"/>. No answer.</summary>
/// <param name="Owner">The actor that reads sets.</param>
public sealed record SetsOwner(IActorRef Owner);

/// <summary>To the actor that reads sets: names that rules have. What no configuration names may be in the kernel. No answer.</summary>
/// <param name="Names">The names.</param>
public sealed record SetsWanted(IReadOnlyCollection<string> Names);

/// <summary>To the actor that reads sets: entries of a set by an operator, beside those of the configuration, in the place of those written before. The answer is a <see cref="SetAnswer"/>.</summary>
/// <param name="Name">1 to 31 characters without blank and comma.</param>
/// <param name="Text">An entry a line, <c>#</c> starts a comment; null takes back what was written.</param>
public sealed record SetWriteRequest(string Name, string? Text);

/// <summary>What came of a <see cref="SetWriteRequest"/>.</summary>
/// <param name="Errors">What is wrong; nothing was changed then. Empty on success.</param>
/// <param name="IsKnown">False where a set was to be taken back that nobody had written.</param>
public sealed record SetAnswer(IReadOnlyList<string> Errors, bool IsKnown);

/// <summary>To the actor that reads sets: all sets. The answer is a <see cref="SetList"/>.</summary>
public sealed record SetListRequest
{
    /// <summary>The only one.</summary>
    public static readonly SetListRequest Instance = new();
}

/// <summary>All sets.</summary>
/// <param name="Sets">By name.</param>
public sealed record SetList(IReadOnlyList<SetView> Sets);

/// <summary>A named set as operators see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RangeCount">Ranges of addresses, after joining what touches.</param>
/// <param name="MacCount">MACs.</param>
/// <param name="Sources">Where its entries come from: configuration, a file's path, kernel, written.</param>
public sealed record SetView(string Name, int RangeCount, int MacCount, IReadOnlyList<string> Sources);
