namespace Natflow.Actors;

/// <summary>Why the system goes down. Derive for reasons of one's own.</summary>
public abstract class ShutdownReason;

/// <summary>Nobody said why.</summary>
public sealed class UnknownReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static UnknownReason Instance { get; } = new();
}

/// <summary><see cref="ActorSystem.Terminate"/> was called.</summary>
public sealed class ActorSystemTerminateReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static ActorSystemTerminateReason Instance { get; } = new();
}

/// <summary>The process ends.</summary>
public sealed class ClrExitReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static ClrExitReason Instance { get; } = new();
}

/// <summary>The node left the cluster as it wished.</summary>
public sealed class ClusterLeavingReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static ClusterLeavingReason Instance { get; } = new();
}

/// <summary>The node was put out of the cluster.</summary>
public sealed class ClusterDowningReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static ClusterDowningReason Instance { get; } = new();
}

/// <summary>The node could not join.</summary>
public sealed class ClusterJoinUnsuccessfulReason : ShutdownReason
{
    /// <summary>The only one.</summary>
    public static ClusterJoinUnsuccessfulReason Instance { get; } = new();
}
