using System.Text;
using Natflow.Hocon;

namespace Natflow.Fuzz.Targets;

internal sealed class HoconTarget : FuzzTarget
{
    public override string Name => "hocon";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "a { b = 1, c : [1, 2, \"x\"], d = ${a.b}s }\na.e += 3 // comment\nf = \"\"\"text\"\"\" \ng = ${?X} ${a.c}"u8.ToArray(),
        "{\"a\": {\"b\": null, \"c\": true, \"d\": -1.5e3, \"e\": \"\\u00e9\\n\"}, \"f\": []}"u8.ToArray(),
        "include \"other.conf\"\na = 10 seconds\nb = 5 MiB\nx = ${a}${b}\ny = ${z}\nz = ${y}"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        try
        {
            HoconConfig config = HoconDocument.Parse(Encoding.UTF8.GetString(input)).Resolve();
            outcome.AddSize(config.Root.Fields.Count);
        }
        catch (HoconException exception)
        {
            outcome.Add((int)exception.Kind + 100);
        }

        return outcome.Value;
    }
}
