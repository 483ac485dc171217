using Natflow.Management.Api;

namespace Natflow.Management.Tests.Page;

/// <summary>A test that needs Chromium and a program that was built with the page.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Skips with the reason where one is missing.</summary>
    public BrowserFactAttribute()
    {
        if (!File.Exists(Browser.ExecutablePath))
            Skip = $"{Browser.ExecutablePath} is not there: apt-get install chromium";
        else if (!typeof(ManagementApi).Assembly.GetManifestResourceNames().Contains("page/index.html", StringComparer.Ordinal))
            Skip = "the program was built without the page: Node.js and its packages are needed";
    }
}
