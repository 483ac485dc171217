namespace Natflow.Actors;

/// <summary>Place of an actor in the tree, for example <c>akka://natflow/user/users/10.0.0.7</c>. Equal by text; the uid tells incarnations apart.</summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    private const string NameMarks = "-_.*$+:@&=,!~';";

    private readonly string? _systemName;

    private ActorPath(ActorPath? parent, string name, int uid, string? systemName)
    {
        Parent = parent;
        Name = name;
        Uid = uid;
        _systemName = systemName;
    }

    /// <summary>Null for the root.</summary>
    public ActorPath? Parent { get; }

    /// <summary>Last element; empty for the root.</summary>
    public string Name { get; }

    /// <summary>Number of the incarnation, unique in the system. 0 for what has no incarnations.</summary>
    public int Uid { get; }

    /// <summary>The path of a child.</summary>
    public static ActorPath operator /(ActorPath parent, string name) => parent.Child(name, 0);

    /// <inheritdoc />
    public bool Equals(ActorPath? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Name == other.Name && _systemName == other._systemName && Equals(Parent, other.Parent));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Name, Parent, _systemName);

    /// <inheritdoc />
    public override string ToString()
    {
        if (Parent is null) return $"akka://{_systemName}/";
        return Parent.Parent is null ? $"{Parent}{Name}" : $"{Parent}/{Name}";
    }

    internal static ActorPath Root(string systemName) => new(parent: null, string.Empty, 0, systemName);

    internal ActorPath Child(string name, int uid) => new(this, name, uid, systemName: null);

    /// <summary>Refuses what users may not call an actor.</summary>
    /// <exception cref="InvalidActorNameException">The name is empty, starts with <c>$</c>, or has a character that an URI path element has not.</exception>
    internal static void CheckName(string name)
    {
        bool isValid = name.Length > 0 && name[0] != '$';
        foreach (char c in name)
            isValid &= char.IsAsciiLetterOrDigit(c) || NameMarks.Contains(c, StringComparison.Ordinal);
        if (!isValid)
            throw new InvalidActorNameException($"'{name}' is no actor name: ASCII letters, digits and {NameMarks}, not starting with '$'");
    }
}
