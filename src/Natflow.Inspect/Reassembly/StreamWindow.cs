namespace Natflow.Inspect.Reassembly;

/// <summary>Bytes of a stream that wait: where they are, and which of them have come. Zero is an empty window.</summary>
internal struct StreamWindow
{
    /// <summary>First page of the chain; page k holds the bytes from k times the page size on.</summary>
    internal int FirstPage;

    /// <summary>What has come, counted from the window's start.</summary>
    internal ByteRanges Ranges;

    /// <summary>Nothing waits.</summary>
    internal readonly bool IsEmpty => FirstPage == PagePool.None;
}
