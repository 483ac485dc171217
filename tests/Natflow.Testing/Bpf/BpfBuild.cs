using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Natflow.Testing.Bpf;

/// <summary>Compiles BPF sources again and compares with what is committed and embedded.</summary>
public static class BpfBuild
{
    /// <summary>A folder of the repository.</summary>
    public static string FolderOf(string sourceFolder) => Path.GetFullPath(Path.Combine(Top(), sourceFolder));

    /// <summary>An embedded object.</summary>
    public static byte[] Embedded(Assembly assembly, string resource)
    {
        using Stream stream = assembly.GetManifestResourceStream(resource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Fails where an embedded object is not what its source gives.</summary>
    public static void AssertCommitted(string sourceFolder, Assembly assembly, int objectCount)
    {
        string output = Directory.CreateTempSubdirectory("nf-bpf-").FullName;
        try
        {
            using Process build = Process.Start("sh", [FolderOf("src/Natflow.Bpf/bpf/build.sh"), FolderOf(sourceFolder), output]);
            build.WaitForExit();
            Assert.Equal(0, build.ExitCode);
            string[] built = Directory.GetFiles(output, "*.bpf.o");
            Assert.Equal(objectCount, built.Length);
            Assert.All(built, path => Assert.True(
                Embedded(assembly, Path.GetFileName(path)).AsSpan().SequenceEqual(File.ReadAllBytes(path)),
                $"{Path.GetFileName(path)} is not what its source gives: run build.sh and commit the object"));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static string Top([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "../../..");
}
