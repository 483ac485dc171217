namespace Natflow.Inspect.Observe;

/// <summary>A text of an observation: where it lies in the text buffer of its <see cref="ObservationBatch"/>.</summary>
/// <param name="Offset">Bytes from the buffer's start.</param>
/// <param name="Length">Bytes; 0 is an empty or absent text.</param>
public readonly record struct TextRange(int Offset, int Length);
