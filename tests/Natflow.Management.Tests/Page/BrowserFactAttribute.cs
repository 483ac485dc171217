using Natflow.Management.Api;

namespace Natflow.Management.Tests.Page;

/// <summary>A test that needs Chromium and a program that was built with the page.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Skips with the reason where one is missing.</summary>
    public BrowserFactAttribute() => Skip = Missing();

    /// <summary>What is missing; null where nothing is.</summary>
    internal static string? Missing()
    {
        if (!File.Exists(Browser.ExecutablePath))
            return $"{Browser.ExecutablePath} is not there: apt-get install chromium";
        return typeof(ManagementApi).Assembly.GetManifestResourceNames().Contains("page/index.html", StringComparer.Ordinal)
            ? null
            : "the program was built without the page: Node.js and its packages are needed";
    }
}
