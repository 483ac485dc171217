namespace Natflow.Portal.Tests.Pages;

/// <summary>A test that needs Chromium and the checker of accessibility.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Debian's place.</summary>
    internal const string ExecutablePath = "/usr/bin/chromium";

    /// <summary>Skips with the reason where one is missing.</summary>
    public BrowserFactAttribute()
    {
        if (!File.Exists(ExecutablePath))
            Skip = $"{ExecutablePath} is not there: apt-get install chromium";
        else if (!File.Exists(AxePath))
            Skip = "axe-core is not there: it comes with the packages of the management page";
    }

    /// <summary>The checker's script.</summary>
    internal static string AxePath => Path.Combine(AppContext.BaseDirectory, "axe.min.js");
}
