namespace Natflow.Inspect.Reassembly;

/// <summary>Operations on windows over a pool of pages. Where two pieces overlap, the one that came first wins. One owner thread.</summary>
internal sealed class StreamWindows(PagePool pool)
{
    /// <summary>Longest window: no byte further from its start is kept.</summary>
    internal const int WindowBytesMax = 62 * 1024;

    private readonly byte[] _move = new byte[WindowBytesMax];

    /// <summary>Keeps a piece.</summary>
    /// <param name="window">The window.</param>
    /// <param name="offset">From the window's start.</param>
    /// <param name="bytes">The piece; not empty.</param>
    /// <returns>Kept, or which limit was met; then the window is as it was, but for pages it may hold.</returns>
    internal WindowResult TryWrite(ref StreamWindow window, int offset, ReadOnlySpan<byte> bytes)
    {
        int end = offset + bytes.Length;
        if (end > WindowBytesMax) return WindowResult.TooFar;
        if (!TryReach(ref window, end)) return WindowResult.NoPage;

        ByteRanges before = window.Ranges;
        if (!window.Ranges.TryAdd(offset, end)) return WindowResult.TooManyHoles;
        for (int from = offset; before.TryFindHole(from, end, out (int Start, int End) hole); from = hole.End)
            Write(window.FirstPage, hole.Start, bytes[(hole.Start - offset)..(hole.End - offset)]);
        return WindowResult.Kept;
    }

    /// <summary>The bytes from the window's start that have come without a hole.</summary>
    /// <param name="window">The window.</param>
    /// <param name="room">Receives them where they lie in several pages; of <see cref="WindowBytesMax"/> bytes.</param>
    internal ReadOnlySpan<byte> Prefix(ref readonly StreamWindow window, Span<byte> room)
    {
        int length = window.Ranges.PrefixBytes;
        if (length == 0) return default;
        if (length <= PagePool.PageBytes) return pool.Bytes(window.FirstPage)[..length];
        Read(window.FirstPage, 0, room[..length]);
        return room[..length];
    }

    /// <summary>Copies a range of the window that has come.</summary>
    internal void Copy(ref readonly StreamWindow window, int start, Span<byte> destination) => Read(window.FirstPage, start, destination);

    /// <summary>Moves the window's start on.</summary>
    /// <param name="window">The window; without bytes beyond the new start it gives its pages back.</param>
    /// <param name="byteCount">At least 0; may lie beyond all that has come.</param>
    internal void Consume(ref StreamWindow window, long byteCount)
    {
        if (byteCount >= window.Ranges.End)
        {
            Release(ref window);
            return;
        }

        int count = (int)byteCount;
        StreamWindow old = window;
        window.Ranges.Consume(count);
        for (int i = 0; i < window.Ranges.Count; i++)
        {
            (int start, int end) = window.Ranges[i];
            Span<byte> piece = _move.AsSpan(0, end - start);
            Read(old.FirstPage, start + count, piece);
            Write(window.FirstPage, start, piece);
        }
    }

    /// <summary>Gives all pages back and forgets what came.</summary>
    internal void Release(ref StreamWindow window)
    {
        pool.ReturnChain(window.FirstPage);
        window.FirstPage = PagePool.None;
        window.Ranges.Clear();
    }

    private bool TryReach(ref StreamWindow window, int end)
    {
        ref int link = ref window.FirstPage;
        for (int covered = 0; covered < end; covered += PagePool.PageBytes)
        {
            if (link == PagePool.None)
            {
                if (!pool.TryRent(out int page)) return false;
                link = page;
            }

            link = ref pool.Next(link);
        }

        return true;
    }

    private void Write(int page, int offset, ReadOnlySpan<byte> bytes)
    {
        for (; offset >= PagePool.PageBytes; offset -= PagePool.PageBytes)
            page = pool.Next(page);
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, PagePool.PageBytes - offset);
            bytes[..count].CopyTo(pool.Bytes(page)[offset..]);
            bytes = bytes[count..];
            offset = 0;
            page = pool.Next(page);
        }
    }

    private void Read(int page, int offset, Span<byte> destination)
    {
        for (; offset >= PagePool.PageBytes; offset -= PagePool.PageBytes)
            page = pool.Next(page);
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, PagePool.PageBytes - offset);
            pool.Bytes(page).Slice(offset, count).CopyTo(destination);
            destination = destination[count..];
            offset = 0;
            page = pool.Next(page);
        }
    }
}
