using System.ComponentModel;
using System.Diagnostics;

namespace Natflow.Testing.Bpf;

/// <summary>A fact that needs the very clang that built the committed objects; skipped, with the reason, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClangFactAttribute : FactAttribute
{
    /// <summary>Looks for the compiler.</summary>
    /// <param name="sourceFolder">Where the sources and objects lie, from the repository's top.</param>
    public ClangFactAttribute(string sourceFolder) => Skip = Probe(BpfBuild.FolderOf(sourceFolder));

    private static string? Probe(string sourceFolder)
    {
        string record = Path.Combine(sourceFolder, "compiler.txt");
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
}
