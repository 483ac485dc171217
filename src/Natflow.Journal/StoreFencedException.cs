namespace Natflow.Journal;

/// <summary>A stream has an owner of later: nothing of the batch is stored, and nothing under this token ever will be.</summary>
/// <param name="streamId">The stream.</param>
/// <param name="token">The writer's token.</param>
/// <param name="known">The owner's, as the store knows it.</param>
public sealed class StoreFencedException(string streamId, long token, long known) : StoreConflictException(streamId)
{
    /// <inheritdoc />
    public override string Message => $"stream '{StreamId}' has an owner of later (token {known}): what was written under token {Token} is refused";

    /// <summary>The writer's token.</summary>
    public long Token { get; } = token;
}
