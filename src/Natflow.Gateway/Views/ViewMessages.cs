namespace Natflow.Gateway.Views;

/// <summary>Asks a flow actor for some flows. Answered by a <see cref="Page{T}"/> of <see cref="FlowView"/>.</summary>
/// <param name="Filter">Which.</param>
/// <param name="From">0, or <see cref="Page{T}.Next"/> of the page before.</param>
/// <param name="CountMax">Most that are wanted.</param>
public sealed record FlowPageRequest(FlowFilter Filter, uint From, int CountMax);

/// <summary>Asks a flow actor for some mappings. Answered by a <see cref="Page{T}"/> of <see cref="MappingView"/>.</summary>
/// <param name="Address">Only this subscriber's or public address, host byte order; null is all.</param>
/// <param name="From">0, or <see cref="Page{T}.Next"/> of the page before.</param>
/// <param name="CountMax">Most that are wanted.</param>
public sealed record MappingPageRequest(uint? Address, uint From, int CountMax);

/// <summary>A part of a shard's table. Small enough that forwarding does not notice; it may hold nothing and still not be the last.</summary>
/// <typeparam name="T">A view.</typeparam>
/// <param name="Items">In table order.</param>
/// <param name="Next">Where the next page begins; null after the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, uint? Next);
