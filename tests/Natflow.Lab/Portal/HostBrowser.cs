using Microsoft.Playwright;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Portal;

/// <summary>Chromium on a host of the lab, whose resolver is a server of the lab.</summary>
internal sealed class HostBrowser : IAsyncDisposable
{
    /// <summary>Its program.</summary>
    internal const string Program = "chromium";

    private readonly string _resolverFolder;
    private readonly string _script;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private HostBrowser(string resolverFolder, string script, IPlaywright playwright, IBrowser browser)
    {
        _resolverFolder = resolverFolder;
        _script = script;
        _playwright = playwright;
        _browser = browser;
    }

    /// <summary>Starts one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="nameServer">Whom it asks for names.</param>
    internal static async Task<HostBrowser> Start(LabHostShell host, string nameServer)
    {
        // 'ip netns exec' puts it in the place of the machine's own.
        string folder = $"/etc/netns/{host.Name}";
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "resolv.conf"), $"nameserver {nameServer}\n");
        string script = Path.Combine(Path.GetTempPath(), $"{host.Name}-chromium");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nexec ip netns exec {host.Name} {Program} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = script,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
        return new HostBrowser(folder, script, playwright, browser);
    }

    /// <summary>A page of a person who has not been here before.</summary>
    internal async Task<IPage> Open() => await (await _browser.NewContextAsync(new BrowserNewContextOptions { Locale = "en-GB" })).NewPageAsync();

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        File.Delete(_script);
        Directory.Delete(_resolverFolder, recursive: true);
    }
}
