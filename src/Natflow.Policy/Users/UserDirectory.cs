using System.Runtime.InteropServices;
using Natflow.Flows.Users;
using Natflow.Policy.Auth;

namespace Natflow.Policy.Users;

/// <summary>Who owns which identifier. Fixed capacity, flat arrays; one owner.</summary>
/// <remarks>One identifier has one user. Users have at most <see cref="IdentifierCountMax"/>, so that nobody grows without bound.</remarks>
public sealed class UserDirectory
{
    /// <summary>In place of a user.</summary>
    public const int None = -1;

    /// <summary>Identifiers of a user, at most.</summary>
    public const int IdentifierCountMax = 256;

    private readonly UserEntry[] _users;
    private readonly Dictionary<UserIdentifier, int> _linkOf;
    private readonly Link[] _links;
    private readonly Dictionary<int, int> _prefixLengths = []; // IPv6 prefix lengths in use, with how many of each.
    private readonly Stack<int> _freeUsers = new();
    private readonly Stack<int> _freeLinks = new();
    private int _userEnd;
    private int _linkEnd;

    /// <summary>Makes room.</summary>
    /// <param name="userCapacity">Users at most.</param>
    /// <param name="identifierCapacity">Identifiers of all users at most.</param>
    public UserDirectory(int userCapacity, int identifierCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(userCapacity);
        ArgumentOutOfRangeException.ThrowIfLessThan(identifierCapacity, userCapacity);
        _users = new UserEntry[userCapacity];
        _links = new Link[identifierCapacity];
        _linkOf = new Dictionary<UserIdentifier, int>(identifierCapacity);
    }

    /// <summary>Users.</summary>
    public int Count { get; private set; }

    /// <summary>Highest index ever used plus one.</summary>
    public int UsedIndexEnd => _userEnd;

    /// <summary>A user by index.</summary>
    public ref UserEntry this[int index] => ref _users[index];

    /// <summary>Whether an index is of a user that is there.</summary>
    public bool IsUser(int index) => (uint)index < (uint)_users.Length && _users[index].IsUsed;

    /// <summary>The owner of an identifier, or <see cref="None"/>. Exactly this one: a prefix does not stand for the addresses in it.</summary>
    public int Find(in UserIdentifier identifier) => Find(identifier, out _);

    /// <summary>The owner of an identifier and the place that says so, or twice <see cref="None"/>.</summary>
    public int Find(in UserIdentifier identifier, out int place)
    {
        if (_linkOf.TryGetValue(identifier, out place))
            return _links[place].User;
        place = None;
        return None;
    }

    /// <summary>The owner of an identifier by a place that once said so; <see cref="None"/> where that says something else by now.</summary>
    public int FindAt(int place, in UserIdentifier identifier) =>
        (uint)place < (uint)_linkEnd && _links[place].Identifier == identifier ? _links[place].User : None;

    /// <summary>The user of an address: its own owner; else the owner of the longest prefix in the zone that holds it.</summary>
    public int FindByAddress(in IpAddress address, uint zone)
    {
        int user = Find(UserIdentifier.OfAddress(address, zone));
        if (user != None || !address.IsIpv6 || _prefixLengths.Count == 0)
            return user;
        for (int lengthBits = 127; lengthBits >= 0 && user == None; lengthBits--)
        {
            if (_prefixLengths.ContainsKey(lengthBits))
                user = Find(UserIdentifier.OfPrefix(IpNet.Of(address, lengthBits), zone));
        }

        return user;
    }

    /// <summary>Adds a user with its first identifier, which nobody may own.</summary>
    /// <returns>The user, or <see cref="None"/> when a table is full.</returns>
    public int Add(in UserIdentifier identifier, long nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Find(identifier), None, nameof(identifier));
        bool hasRoom = Count < _users.Length && _linkOf.Count < _links.Length;
        if (!hasRoom)
            return None;
        int user = _freeUsers.TryPop(out int free) ? free : _userEnd++;
        _users[user] = new UserEntry { Auth = AuthState.NewAt(nowMs), Limits = PolicyLimits.None, FirstIdentifier = None, IsUsed = true };
        Count++;
        Attach(user, identifier);
        return user;
    }

    /// <summary>Gives a user one more identifier, which nobody may own.</summary>
    /// <returns>False when the user has too many or the table is full.</returns>
    public bool TryAttach(int user, in UserIdentifier identifier)
    {
        RequireUser(user);
        ArgumentOutOfRangeException.ThrowIfNotEqual(Find(identifier), None, nameof(identifier));
        if (_users[user].IdentifierCount == IdentifierCountMax || _linkOf.Count == _links.Length)
            return false;
        Attach(user, identifier);
        return true;
    }

    /// <summary>Makes one user of two: the first keeps its state and gets the identifiers and the traffic of the second, which is gone.</summary>
    /// <returns>False, and nothing done, when one user would have too many identifiers.</returns>
    public bool TryJoin(int user, int absorbed)
    {
        RequireUser(user);
        RequireUser(absorbed);
        if (user == absorbed || _users[user].IdentifierCount + _users[absorbed].IdentifierCount > IdentifierCountMax)
            return false;
        foreach (UserIdentifier identifier in IdentifiersOf(absorbed))
        {
            Detach(identifier);
            Attach(user, identifier);
        }

        ref UserEntry entry = ref _users[user];
        entry.Total.Add(_users[absorbed].Total);
        entry.PortCount += _users[absorbed].PortCount;
        entry.Auth = entry.Auth with { ActiveAtMs = Math.Max(entry.Auth.ActiveAtMs, _users[absorbed].Auth.ActiveAtMs) };
        Free(absorbed);
        return true;
    }

    /// <summary>Takes an identifier from its user and makes it a user of its own, which starts anew.</summary>
    /// <returns>The new user; <see cref="None"/> where nobody owns it, it is the user's only one, or the table is full.</returns>
    public int Split(in UserIdentifier identifier, long nowMs)
    {
        int user = Find(identifier);
        if (user == None || _users[user].IdentifierCount == 1 || Count == _users.Length)
            return None;
        Detach(identifier);
        return Add(identifier, nowMs);
    }

    /// <summary>Takes an identifier away; a user that loses its last is gone.</summary>
    /// <returns>False where nobody owns it.</returns>
    public bool TryDetach(in UserIdentifier identifier)
    {
        int user = Find(identifier);
        if (user == None)
            return false;
        Detach(identifier);
        if (_users[user].IdentifierCount == 0)
            Free(user);
        return true;
    }

    /// <summary>Forgets a user.</summary>
    public void Remove(int user)
    {
        RequireUser(user);
        foreach (UserIdentifier identifier in IdentifiersOf(user))
            Detach(identifier);
        Free(user);
    }

    /// <summary>A user's newest address; false for a user without one.</summary>
    public bool TryNewestAddress(int user, out UserIdentifier address)
    {
        RequireUser(user);
        int link = _users[user].FirstIdentifier;
        for (int i = 0; i < _users[user].IdentifierCount; i++, link = _links[link].Next)
        {
            address = _links[link].Identifier;
            if (address.Kind is UserIdentifierKind.Ipv4 or UserIdentifierKind.Ipv6)
                return true;
        }

        address = default;
        return false;
    }

    /// <summary>A user's identifiers, the newest first. A copy.</summary>
    public UserIdentifier[] IdentifiersOf(int user)
    {
        RequireUser(user);
        UserIdentifier[] identifiers = new UserIdentifier[_users[user].IdentifierCount];
        int link = _users[user].FirstIdentifier;
        for (int i = 0; i < identifiers.Length; i++, link = _links[link].Next)
            identifiers[i] = _links[link].Identifier;
        return identifiers;
    }

    private void RequireUser(int user) => ArgumentOutOfRangeException.ThrowIfEqual(IsUser(user), false, nameof(user));

    private void Attach(int user, in UserIdentifier identifier)
    {
        int link = _freeLinks.TryPop(out int free) ? free : _linkEnd++;
        ref UserEntry entry = ref _users[user];
        _links[link] = new Link { Identifier = identifier, User = user, Next = entry.FirstIdentifier };
        entry.FirstIdentifier = link;
        entry.IdentifierCount++;
        _linkOf.Add(identifier, link);
        if (identifier is { Kind: UserIdentifierKind.Ipv6, LengthBits: < 128 })
            CollectionsMarshal.GetValueRefOrAddDefault(_prefixLengths, identifier.LengthBits, out _)++;
    }

    private void Detach(in UserIdentifier identifier)
    {
        _ = _linkOf.Remove(identifier, out int link);
        ref UserEntry entry = ref _users[_links[link].User];
        ref int pointer = ref entry.FirstIdentifier;
        while (pointer != link) // At most IdentifierCountMax.
            pointer = ref _links[pointer].Next;
        pointer = _links[link].Next;
        _links[link].User = None;
        entry.IdentifierCount--;
        _freeLinks.Push(link);
        if (identifier is { Kind: UserIdentifierKind.Ipv6, LengthBits: < 128 } && --CollectionsMarshal.GetValueRefOrNullRef(_prefixLengths, identifier.LengthBits) == 0)
            _ = _prefixLengths.Remove(identifier.LengthBits);
    }

    private void Free(int user)
    {
        _users[user] = default;
        _freeUsers.Push(user);
        Count--;
    }

    private struct Link
    {
        public UserIdentifier Identifier;
        public int User;
        public int Next;
    }
}
