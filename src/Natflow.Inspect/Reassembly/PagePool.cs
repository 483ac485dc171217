using Natflow.Memory;

namespace Natflow.Inspect.Reassembly;

/// <summary>Pages for bytes that wait for others: the inspector's one store of payload, of a size fixed at start. One owner thread.</summary>
internal sealed class PagePool : IDisposable
{
    /// <summary>Size of a page.</summary>
    internal const int PageBytes = 2048;

    /// <summary>No page: what a chain ends with.</summary>
    internal const int None = 0;

    private readonly NativeArray<byte> _bytes;
    private readonly NativeArray<int> _next;
    private int _free = None;
    private int _untouched = 1; // Pages from here on were never used, so that memory is taken when it is needed.

    /// <summary>Reserves the pages.</summary>
    /// <param name="pageCount">At least 1.</param>
    internal PagePool(int pageCount)
    {
        PageCount = pageCount;
        _bytes = new NativeArray<byte>(checked(pageCount * PageBytes));
        _next = new NativeArray<int>(pageCount + 1);
    }

    /// <summary>Pages in all.</summary>
    internal int PageCount { get; }

    /// <summary>Pages in use.</summary>
    internal int UsedCount { get; private set; }

    /// <summary>The page behind another in a chain, or <see cref="None"/>.</summary>
    internal ref int Next(int page) => ref _next[(uint)page];

    /// <summary>The bytes of a page.</summary>
    internal Span<byte> Bytes(int page) => _bytes.Span.Slice((page - 1) * PageBytes, PageBytes);

    /// <summary>Takes a page; its next one is none.</summary>
    internal bool TryRent(out int page)
    {
        page = _free;
        if (page != None)
            _free = _next[(uint)page];
        else if (_untouched <= PageCount)
            page = _untouched++;
        else
            return false;

        _next[(uint)page] = None;
        UsedCount++;
        return true;
    }

    /// <summary>Gives a chain back.</summary>
    /// <param name="page">Its first page, or none.</param>
    internal void ReturnChain(int page)
    {
        while (page != None)
        {
            int next = _next[(uint)page];
            _next[(uint)page] = _free;
            _free = page;
            UsedCount--;
            page = next;
        }
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _next.Dispose();
    }
}
