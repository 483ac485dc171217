namespace Natflow.Actors;

/// <summary>Sets messages aside until the actor can handle them (contract B2). Bounded by <see cref="Props.WithStashCapacity"/>.</summary>
public interface IStash
{
    /// <summary>Messages set aside.</summary>
    int Count { get; }

    /// <summary>Sets the current message aside, with its sender.</summary>
    /// <exception cref="IllegalActorStateException">It was set aside before.</exception>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    void Stash();

    /// <summary>Puts the oldest back, in front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all back, in front of the mailbox, in the order they arrived in.</summary>
    void UnstashAll();
}

/// <summary>An actor that wants a stash.</summary>
public interface IWithStash
{
    /// <summary>Set by the kernel after construction, before <c>PreStart</c>.</summary>
    IStash Stash { get; set; }
}
