using System.Text;
using Natflow.Journal;
using Natflow.Journal.Events;

namespace Natflow.Fuzz.Targets;

/// <summary>A stored row of any event: the first byte chooses the event, the rest is its JSON.</summary>
internal sealed class JournalTarget : FuzzTarget
{
    private static readonly string[] Manifests = [.. EventCatalogue.Default.Manifests, "unknown:1"];

    public override string Name => "journal";

    public override int InputBytesMax => 1024;

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte manifest = 0; manifest < Manifests.Length; manifest++)
        {
            yield return [manifest, .. "{}"u8];
            yield return [manifest, .. "{\"user\":\"10.0.0.1\",\"address\":1,\"firstPort\":1024,\"portCount\":512,\"generation\":3,\"reason\":\"x\"}"u8];
        }
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        string manifest = Manifests[input[0] % Manifests.Length];
        IJournalEvent read = EventCatalogue.Default.Decode(manifest, input[1..].ToArray());
        outcome.Add(read is UnknownEvent);
        outcome.Add(input[0] % Manifests.Length);
        if (read is not UnknownEvent && EventCatalogue.Default.Encode(read).Manifest != manifest) throw new InvalidOperationException("written as another event");
        _ = JournalLocation.Parse(Encoding.UTF8.GetString(input[1..]));
        return outcome.Value;
    }
}
