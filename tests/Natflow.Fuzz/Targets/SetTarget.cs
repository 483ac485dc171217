using System.Collections.Immutable;
using System.Text;
using Natflow.Policy.Sets;

namespace Natflow.Fuzz.Targets;

/// <summary>Files of named sets: addresses, ranges, prefixes, MACs.</summary>
internal sealed class SetTarget : FuzzTarget
{
    public override string Name => "set";

    public override int InputBytesMax => 1024;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "10.0.0.1\n10.0.0.0/24 # net\n10.0.0.1-10.0.0.9\n"u8.ToArray(),
        "2001:db8::/32\n2001:db8::1-2001:db8::ff\n::ffff:1.2.3.4\n"u8.ToArray(),
        "00:11:22:33:44:55\n00-11-22-33-44-55\n10.0.0.0/33\nnonsense\n"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        NamedSet? set = SetFileReader.Read("fuzz", "fuzz.set", new StringReader(Encoding.UTF8.GetString(input)), out ImmutableArray<SetFileError> errors);
        if ((set is null) == errors.IsEmpty) throw new InvalidOperationException("a set with errors, or none without");
        outcome.AddSize(errors.Length);
        outcome.Add(set is not null);
        return outcome.Value;
    }
}
