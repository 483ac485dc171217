namespace Natflow.Fuzz;

/// <summary>Inputs of earlier runs, a file a target: hexadecimal digits, an input a line; <c>#</c> begins a comment.</summary>
public static class Corpus
{
    /// <summary>Inputs of a target.</summary>
    /// <param name="target">Its name.</param>
    public static IEnumerable<byte[]> Read(string target)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "corpus", $"{target}.txt");
        return File.Exists(path) ? File.ReadLines(path).Where(static line => line.Length > 0 && line[0] != '#').Select(static line => Convert.FromHexString(line)) : [];
    }

    /// <summary>Writes what later runs begin with; the finds of earlier ones, which stand above a comment line of their own, stay.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="inputs">Its inputs.</param>
    public static void Write(string folder, string target, IEnumerable<byte[]> inputs)
    {
        const string mark = "# chosen by coverage";
        string path = Path.Combine(folder, $"{target}.txt");
        string[] finds = File.Exists(path) ? [.. File.ReadLines(path).TakeWhile(static line => line != mark)] : [];
        File.WriteAllLines(path, [.. finds, mark, .. inputs.Select(Convert.ToHexStringLower)]);
    }
}
