using System.Text;

namespace Natflow.Hocon.Resolving;

/// <summary>Value concatenation of pieces that are all decided.</summary>
internal static class Joining
{
    /// <summary>Joins the pieces.</summary>
    /// <param name="pieces">Scalars, lists and objects, with the whitespace between them; undefined ones left out.</param>
    /// <param name="path">The field, for errors.</param>
    /// <param name="stringLengthMax">Longest string that may result.</param>
    /// <returns>The value, or null where nothing is left.</returns>
    internal static HoconValue? Join(IReadOnlyList<HoconValue> pieces, string path, int stringLengthMax)
    {
        if (pieces.Count == 0)
            return null;
        HoconValue? container = pieces.FirstOrDefault(static piece => piece is not HoconScalar);
        if (container is null)
            return JoinText(pieces, path, stringLengthMax);

        HoconValue? result = null;
        foreach (HoconValue piece in pieces)
        {
            if (piece is HoconScalar { IsGap: true })
                continue;
            if (piece is HoconScalar)
                throw new HoconException(HoconErrorKind.Type, piece.Location, path, $"a {piece.KindName} cannot be joined with {WithArticle(container)}: put them in one string or one list");
            result = result is null ? piece : JoinTwo(result, piece, path);
        }

        return result;
    }

    private static HoconScalar JoinText(IReadOnlyList<HoconValue> pieces, string path, int stringLengthMax)
    {
        var first = (HoconScalar)pieces[0];
        if (pieces.Count == 1 && !first.IsGap)
            return first;
        if (pieces.Sum(static piece => (long)((HoconScalar)piece).Text.Length) > stringLengthMax)
            throw new HoconException(HoconErrorKind.Limit, first.Location, path, $"the string would be longer than {stringLengthMax} characters");

        var text = new StringBuilder();
        foreach (HoconValue piece in pieces)
            text.Append(((HoconScalar)piece).Text);
        return new HoconScalar(first.Location, HoconScalarKind.Text, text.ToString());
    }

    private static HoconValue JoinTwo(HoconValue left, HoconValue right, string path) => (left, right) switch
    {
        (HoconArray a, HoconArray b) => a.Append(b),
        (HoconObject a, HoconObject b) => Merging.Merge(b, a, mayChangeOlder: false),
        (HoconArray a, HoconObject b) => a.Append(ListOf(b, path)),
        _ => ListOf((HoconObject)left, path).Append((HoconArray)right),
    };

    private static HoconArray ListOf(HoconObject indexed, string path) =>
        HoconConvert.TryList(indexed, out IReadOnlyList<HoconValue>? items)
            ? new HoconArray(indexed.Location, items, indexed.IsResolved)
            : throw new HoconException(HoconErrorKind.Type, indexed.Location, path, "an object cannot be joined with a list, unless its keys are numbers");

    private static string WithArticle(HoconValue value) => value is HoconObject ? "an object" : "a list";
}
