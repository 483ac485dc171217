namespace Natflow.Inspect.Observe;

/// <summary>Observations since the last <see cref="Clear"/>, with the bytes of their texts. Room is reserved at start; what does not fit is refused.</summary>
/// <remarks>One owner thread. The owner reads after each burst and clears.</remarks>
public sealed class ObservationBatch
{
    private readonly Observation[] _observations;
    private readonly byte[] _text;
    private int _textLength;

    /// <summary>An empty batch.</summary>
    /// <param name="capacity">Observations it holds.</param>
    /// <param name="textBytes">Bytes of text it holds.</param>
    public ObservationBatch(int capacity, int textBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(textBytes);
        _observations = new Observation[capacity];
        _text = new byte[textBytes];
    }

    /// <summary>Observations in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>The observations, in the order they were completed.</summary>
    public ReadOnlySpan<Observation> Observations => _observations.AsSpan(0, Count);

    /// <summary>The bytes of a text.</summary>
    /// <param name="range">A range of an observation of this batch.</param>
    public ReadOnlySpan<byte> Text(TextRange range) => _text.AsSpan(range.Offset, range.Length);

    /// <summary>Forgets all observations and texts.</summary>
    public void Clear()
    {
        Count = 0;
        _textLength = 0;
    }

    /// <summary>Keeps a text.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="range">Where it lies.</param>
    /// <returns>False, with nothing kept, when there is no room.</returns>
    public bool TryAddText(ReadOnlySpan<byte> bytes, out TextRange range)
    {
        range = new TextRange(_textLength, bytes.Length);
        if (!bytes.TryCopyTo(_text.AsSpan(_textLength)))
        {
            range = default;
            return false;
        }

        _textLength += bytes.Length;
        return true;
    }

    /// <summary>Gives an observation without a name the one that DNS last gave its server, marked as inferred.</summary>
    /// <param name="index">Of the observation.</param>
    /// <param name="name">The name.</param>
    /// <returns>False when there is no room.</returns>
    public bool TryInfer(int index, ReadOnlySpan<byte> name)
    {
        if (!TryAddText(name, out TextRange range)) return false;
        ref Observation observation = ref _observations.AsSpan(0, Count)[index];
        observation.Name = range;
        observation.Flags |= ObservationFlags.HasName | ObservationFlags.Inferred;
        return true;
    }

    /// <summary>Adds an observation.</summary>
    /// <returns>False when the batch is full.</returns>
    public bool TryAdd(in Observation observation)
    {
        if (Count == _observations.Length) return false;
        _observations[Count++] = observation;
        return true;
    }
}
