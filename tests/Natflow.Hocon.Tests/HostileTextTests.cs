using System.Text;
using Natflow.Testing;

namespace Natflow.Hocon.Tests;

/// <summary>Whatever the text, reading it ends soon, in a value or in the one exception.</summary>
public sealed class HostileTextTests
{
    private const int SmallStackBytes = 256 * 1024;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "=", "+=", "\n", " ", "\t", "\"", "\"\"\"", "${", "${?", "}", ".", "..", "#", "//", "\\", "\\u12", "a", "a.b", "b",
        "true", "null", "-", "1e", "10ms", "1.5", "include ", "include \"x\"", "required(", "file(\"x\")", "classpath(\"r\")", "\u00a0", "\ufeff", "\ud800", "\0",
        "${a}", "${?a}", "${a.b}", "${?b.a}", "a = ", "b = ", "a += 1\n", "a = ${?b} [1]\n", "a { b = ${b} }\n", "b = ${a}\n",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void Read_MutatedCase_ThrowsNothingButTheConfigError(int seed)
    {
        var prng = new Prng(seed);
        string[] texts = [.. DocumentCase.All.Values.Select(static one => one.Text)];
        int values = 0;
        int errors = 0;
        for (int step = 0; step < 3000; step++)
        {
            string text = Mutate(texts[prng.Next(texts.Length)], prng);
            Count(text, $"seed {seed}, step {step}", ref values, ref errors);
        }

        Assert.True(values > 100 && errors > 100, $"the generator is one-sided: {values} values, {errors} errors");
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Read_RandomPieces_ThrowsNothingButTheConfigError(int seed)
    {
        var prng = new Prng(seed);
        int values = 0;
        int errors = 0;
        for (int step = 0; step < 3000; step++)
        {
            var text = new StringBuilder();
            for (int count = prng.Next(30); count >= 0; count--)
                text.Append(Pieces[prng.Next(Pieces.Length)]);
            Count(text.ToString(), $"seed {seed}, step {step}", ref values, ref errors);
        }

        Assert.True(values > 10 && errors > 100, $"the generator is one-sided: {values} values, {errors} errors");
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Resolve_RandomReferences_EndsAndAgreesWithItself(int seed)
    {
        var prng = new Prng(seed);
        string[] names = ["a", "b", "c", "a.x", "b.x", "c.y"];
        int values = 0;
        int errors = 0;
        for (int step = 0; step < 2000; step++)
        {
            var text = new StringBuilder();
            for (int line = prng.Next(8); line >= 0; line--)
            {
                string name = names[prng.Next(names.Length)];
                string other = names[prng.Next(names.Length)];
                string optional = prng.Next(3) == 0 ? string.Empty : "?";
                text.Append(prng.Next(6) switch
                {
                    0 => $"{name} = ${{{optional}{other}}}\n",
                    1 => $"{name} = ${{{optional}{other}}} [{line}]\n",
                    2 => $"{name} {{ x = ${{{optional}{other}}} }}\n",
                    3 => $"{name} += {line}\n",
                    4 => $"{name} = {line}\n",
                    _ => $"{name} = ${{{optional}{other}}} {{ y = {line} }}\n",
                });
            }

            Count(text.ToString(), $"seed {seed}, step {step}: {text}", ref values, ref errors);
        }

        Assert.True(values > 100 && errors > 100, $"the generator is one-sided: {values} values, {errors} errors");
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "open braces", Repeat("a{", 100_000) },
        { "open brackets", "a = " + Repeat("[", 100_000) },
        { "dotted key", Repeat("a.", 100_000) + "a = 1" },
        { "nested substitutions", "a = " + Repeat("${", 100_000) },
        { "chain of substitutions", string.Concat(Enumerable.Range(0, 50_000).Select(static i => $"a{i} = ${{a{i + 1}}}\n")) },
        { "doubling lists", "a0 = [1,2,3,4]\n" + string.Concat(Enumerable.Range(0, 60).Select(static i => $"a{i + 1} = [${{a{i}}},${{a{i}}}]\n")) },
        { "doubling joined lists", "a0 = [1,2,3,4]\n" + string.Concat(Enumerable.Range(0, 60).Select(static i => $"a{i + 1} = ${{a{i}}} ${{a{i}}}\n")) },
        { "doubling text", "a0 = abcdefgh\n" + string.Concat(Enumerable.Range(0, 60).Select(static i => $"a{i + 1} = ${{a{i}}}${{a{i}}}\n")) },
        { "doubling objects", "a0 { x = 1 }\n" + string.Concat(Enumerable.Range(0, 60).Select(static i => $"a{i + 1} {{ l = ${{a{i}}}, r = ${{a{i}}} }}\n")) },
        { "nesting by substitution", "a0 = [1]\n" + string.Concat(Enumerable.Range(0, 5000).Select(static i => $"a{i + 1} = [${{a{i}}}]\n")) },
        { "includes itself", "include classpath(\"r.conf\")" },
        { "appended too often", Repeat("a += 1\n", 100_000) },
        { "unclosed triple quotes", "a = \"\"\"" + Repeat("\"\" ", 100_000) },
        { "crossed self-references", string.Concat(Enumerable.Range(0, 400).Select(static i => $"a = ${{?b}} ${{?a}} [{i}]\nb = ${{?a}} ${{?b}} [{i}]\n")) },
        { "crossed objects", string.Concat(Enumerable.Range(0, 300).Select(static i => $"a = ${{?b}} {{ x{i} = ${{?b.x}} }}\nb = ${{?a}} {{ x{i} = ${{?a.x{i}}} }}\n")) + "c = ${" },
    };

    [Theory, MemberData(nameof(Bombs))]
    public void Read_Bomb_IsRefusedOnASmallStack(string name, string text)
    {
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(() => Read(text)), SmallStackBytes);
        thread.Start();
        thread.Join();
        Assert.True(error is HoconException, $"{name}: {error}");
    }

    [Fact]
    public void Read_ManyFieldsLayersAndAppends_IsNotSquare()
    {
        Read(string.Concat(Enumerable.Range(0, 100_000).Select(static i => $"a.b.k{i} = {i}\n")));
        Read(Repeat("a { b = 1, c { d = 2 } }\n", 50_000));
        Read(string.Concat(Enumerable.Range(0, 50_000).Reverse().Select(static i => $"a{i} = ${{a{i + 1}}}\n")) + "a50000 = 1");
        Read("x = 1\n" + Repeat("a.b = ${?x}\n", 100_000));
        Assert.Equal(2000, HoconDocument.Parse(Repeat("a.b += 1\n", 2000)).Resolve().GetList("a.b").Count);
        Assert.Equal(new string('x', 2000), HoconDocument.Parse(Repeat("a = ${?a}x\n", 2000)).Resolve().GetString("a"));
    }

    private static void Count(string text, string where, ref int values, ref int errors)
    {
        Exception? error = Record.Exception(() => Read(text));
        Assert.True(error is null or HoconException, $"{where}: {error}");
        if (error is null)
            values++;
        else
            errors++;
    }

    private static void Read(string text)
    {
        var options = new HoconOptions
        {
            BaseDirectory = "/nonexistent",
            Resources = name => name == "r.conf" ? text : null,
            Environment = static name => name == "b" ? "from outside" : null,
        };
        HoconDocument.Parse(text, "hostile", options).ResolveValue();
    }

    private static string Mutate(string text, Prng prng)
    {
        var mutated = new StringBuilder(text);
        for (int count = prng.Next(4); count >= 0; count--)
        {
            int at = prng.Next(mutated.Length + 1);
            switch (prng.Next(4))
            {
                case 0 when at < mutated.Length:
                    mutated.Remove(at, 1 + prng.Next(Math.Min(4, mutated.Length - at)));
                    break;
                case 1 when at < mutated.Length:
                    mutated[at] = (char)(prng.Next(10) == 0 ? prng.Next(0x10000) : prng.Next(128));
                    break;
                case 2:
                    mutated.Insert(at, text);
                    break;
                default:
                    mutated.Insert(at, Pieces[prng.Next(Pieces.Length)]);
                    break;
            }
        }

        return mutated.ToString();
    }

    private static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();
}
