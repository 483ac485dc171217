using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Natflow.Management.Api.Routes;

/// <summary>The page's files, embedded in the program with what they are compressed: read once.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";
    private const string Fallback = "fallback.html";
    private const string CompressedSuffix = ".br";

    private readonly Dictionary<string, PageFile> _files = new(StringComparer.Ordinal);

    /// <summary>Reads them.</summary>
    internal PageFiles()
    {
        foreach (string name in typeof(PageFiles).Assembly.GetManifestResourceNames().Where(IsFile))
            _files[name[Prefix.Length..]] = Read(name);
        if (!_files.ContainsKey("index.html"))
            _files["index.html"] = Read(Fallback);
    }

    /// <summary>Whether the program was built with the page, or with a word that it was not.</summary>
    internal bool IsBuilt => _files.Count > 1;

    /// <summary>Bytes that a first visit loads.</summary>
    internal long CompressedBytes => _files.Values.Sum(static file => (long)file.Compressed.Length);

    /// <summary>Answers a file; views of the page are all the same file.</summary>
    internal Task<IResult> Answer(HttpContext context)
    {
        string path = context.Request.Path.Value!.TrimStart('/');
        if (!_files.TryGetValue(path.Length == 0 ? "index.html" : path, out PageFile? file))
            return Task.FromResult(Control.ProblemAnswer.Of(StatusCodes.Status404NotFound, $"GET {context.Request.Path}: not served here"));
        // Files with a hash in their names never change; the page itself is asked for again.
        context.Response.Headers.CacheControl = path.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        context.Response.Headers.Vary = "Accept-Encoding";
        if (EntityTag.Answer(context, file.Tag) is { } unchanged)
            return Task.FromResult(unchanged);
        bool isBrotli = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase);
        if (isBrotli)
            context.Response.Headers.ContentEncoding = "br";
        return Task.FromResult(Results.Bytes(isBrotli ? file.Compressed : file.Plain, file.ContentType));
    }

    private static bool IsFile(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.EndsWith(CompressedSuffix, StringComparison.Ordinal);

    private static PageFile Read(string name)
    {
        byte[] bytes = BytesOf(name)!;
        return new PageFile(bytes, BytesOf(name + CompressedSuffix) ?? Compress(bytes), ContentTypeOf(name), EntityTag.Of(Convert.ToBase64String(bytes)));
    }

    private static byte[]? BytesOf(string name)
    {
        using Stream? stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name);
        if (stream is null)
            return null;
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Compress(byte[] plain)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal))
            brotli.Write(plain);
        return compressed.ToArray();
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };

    private sealed record PageFile(byte[] Plain, byte[] Compressed, string ContentType, string Tag);
}
