using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>A fact that needs the very clang that built the committed objects; skipped, with the reason, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClangFactAttribute : FactAttribute
{
    public ClangFactAttribute() => Skip = Probe();

    /// <summary>Where the BPF sources lie.</summary>
    internal static string SourceFolder { get; } = Path.GetFullPath(Path.Combine(Folder(), "../../../src/Natflow.Ports/AfXdp/bpf"));

    private static string? Probe()
    {
        string record = Path.Combine(SourceFolder, "compiler.txt");
        if (!File.Exists(record))
            return "the sources are not where they were built";
        string wanted = File.ReadLines(record).First();
        try
        {
            using Process clang = Process.Start(new ProcessStartInfo("clang", ["--version"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
            string found = clang.StandardOutput.ReadLine() ?? "";
            clang.WaitForExit();
            return found == wanted ? null : $"needs {wanted}, found {found}";
        }
        catch (Win32Exception)
        {
            return $"needs {wanted}";
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
