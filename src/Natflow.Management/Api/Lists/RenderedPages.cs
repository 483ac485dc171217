using System.Collections.Concurrent;

namespace Natflow.Management.Api.Lists;

/// <summary>Pages of one list as they are sent, so that a page that many ask for is put into words once. Bounded; any thread.</summary>
internal sealed class RenderedPages
{
    private const int PagesMax = 16;
    private const int RowsMax = 100;

    private readonly ConcurrentDictionary<(int Limit, int Offset), byte[]> _pages = [];

    /// <summary>The page in JSON, rendered now where it is not kept.</summary>
    internal byte[] Of((int Limit, int Offset) page, Func<byte[]> render)
    {
        if (_pages.TryGetValue(page, out byte[]? kept))
            return kept;
        byte[] rendered = render();
        if (page.Limit <= RowsMax && _pages.Count < PagesMax)
            _pages.TryAdd(page, rendered);
        return rendered;
    }
}
