using System.Text;
using Natflow.Inspect.Catalogue;

namespace Natflow.Fuzz.Targets;

/// <summary>An operator's catalogue over a small built-in one: applications, or errors by file and line.</summary>
internal sealed class CatalogueTarget : FuzzTarget
{
    private static readonly CatalogueText BuiltIn = new("built-in", "revision 1\ncategory 0 unknown\ncategory 11 streaming\nsource 1 http\nprotocol 1 dns unknown\ncarrier 0xF01 http\napp 0x1001 tube streaming\nsuffix tube tube.com\n");

    public override string Name => "catalogue";

    public override int InputBytesMax => 1024;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "app 0x8000 mine streaming\nsuffix mine example.com\nexact mine www.example.net # comment\n"u8.ToArray(),
        "category 77 my own\napp 32769 other my own\nsuffix other a.example\nsuffix other a.example\n"u8.ToArray(),
        "revision 9\nprotocol 3 x unknown\nexact tube \xC3\xA9.com\napp 1 a b\nsuffix none b.example\nexact tube -a-.com"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        IReadOnlyList<CatalogueError> errors = AppCatalogue.TryLoad([BuiltIn, new CatalogueText("own", Encoding.UTF8.GetString(input))], seed: 1, out AppCatalogue? catalogue);
        if ((catalogue is null) != (errors.Count > 0)) throw new InvalidOperationException("a catalogue with errors, or none without");
        outcome.AddSize(errors.Count);
        if (errors.Any(static error => error.Line < 1)) throw new InvalidOperationException("an error without a line");
        if (catalogue is null) return outcome.Value;
        outcome.AddSize(catalogue.AppCount);
        outcome.AddSize(catalogue.Domains.Count);
        catalogue.Dispose();
        return outcome.Value;
    }
}
