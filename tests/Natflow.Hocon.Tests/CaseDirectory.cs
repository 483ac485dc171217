namespace Natflow.Hocon.Tests;

/// <summary>A directory of files that lasts as long as a test.</summary>
internal sealed class CaseDirectory : IDisposable
{
    internal CaseDirectory() => Path = Directory.CreateTempSubdirectory("natflow-hocon-").FullName;

    internal string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Writes a file byte for byte and says where.</summary>
    internal string Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, System.Text.Encoding.UTF8.GetBytes(text));
        return path;
    }
}
