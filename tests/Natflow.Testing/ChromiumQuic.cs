namespace Natflow.Testing;

/// <summary>Chromium as a client that speaks QUIC to a server that may not even answer: its hello fills two datagrams, its CRYPTO frames come in any order.</summary>
public static class ChromiumQuic
{
    /// <summary>Debian's name of the program.</summary>
    public const string Program = "chromium";

    /// <summary>Opens a page and waits for it.</summary>
    /// <param name="folder">Its profile; made, and left behind.</param>
    /// <param name="host">Name of the page's host.</param>
    /// <param name="address">Where that is to be, with a port.</param>
    public static string[] Arguments(string folder, string host, string address) =>
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={folder}", "--enable-quic", $"--origin-to-force-quic-on={host}:443",
        $"--host-resolver-rules=MAP {host}:443 {address}", "--dump-dom", $"https://{host}/",
    ];
}
