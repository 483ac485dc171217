namespace Natflow.Management.Api.Live;

/// <summary>An event of a stream.</summary>
/// <param name="Id">Grows by one.</param>
/// <param name="Json">One JSON object in UTF-8.</param>
public readonly record struct StreamEvent(long Id, ReadOnlyMemory<byte> Json);
