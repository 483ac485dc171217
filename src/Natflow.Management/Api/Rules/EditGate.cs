namespace Natflow.Management.Api.Rules;

/// <summary>Lets one caller at a time change the operator's file, from the look at its tag to the reload. Any thread.</summary>
internal sealed class EditGate : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Waits for one's turn; disposal ends it.</summary>
    internal async Task<IDisposable> Enter(CancellationToken end)
    {
        await _one.WaitAsync(end);
        return new Turn(_one);
    }

    /// <inheritdoc />
    public void Dispose() => _one.Dispose();

    private sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
