using Natflow.Hocon.Resolving;

namespace Natflow.Hocon.Reading;

/// <summary>Reads one HOCON text, and with it what the text includes, into unresolved values.</summary>
internal sealed class HoconParser
{
    private readonly HoconLexer _lexer;
    private readonly SourceText _source;
    private readonly DocumentReader _documents;
    private readonly List<string> _path; // Of the object being read, from the application's root.
    private readonly int _prefixLength;
    private readonly bool _isInArray;
    private int _arrayDepth;
    private int _depth;

    /// <summary>Starts on a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="documents">Reads included texts.</param>
    /// <param name="prefix">Path of the include statement that led here.</param>
    /// <param name="isInArray">Whether that statement stands inside an array element, which no path reaches.</param>
    /// <param name="depth">Nesting at that statement.</param>
    internal HoconParser(SourceText source, DocumentReader documents, IReadOnlyList<string> prefix, bool isInArray, int depth)
    {
        _source = source;
        _documents = documents;
        _lexer = new HoconLexer(source.Text, source.Name);
        _path = [.. prefix];
        _prefixLength = prefix.Count;
        _isInArray = isInArray;
        _arrayDepth = isInArray ? 1 : 0;
        _depth = depth;
    }

    /// <summary>Reads the whole text.</summary>
    internal HoconValue ReadRoot()
    {
        SkipNewlines();
        HoconToken first = _lexer.Peek();
        HoconValue root;
        switch (first.Kind)
        {
            case HoconTokenKind.OpenBrace:
                root = ReadObject();
                break;
            case HoconTokenKind.OpenBracket:
                root = ReadArray();
                break;
            default:
                var unbraced = new HoconObject(_lexer.At(first));
                ReadFields(unbraced, HoconTokenKind.End);
                return unbraced;
        }

        SkipNewlines();
        HoconToken rest = _lexer.Peek();
        return rest.Kind == HoconTokenKind.End ? root : throw Error(rest, $"{rest.InWords()} stands after the end of the root {root.KindName}");
    }

    private HoconObject ReadObject()
    {
        HoconToken open = _lexer.Take();
        Enter(open, 1);
        var result = new HoconObject(_lexer.At(open));
        ReadFields(result, HoconTokenKind.CloseBrace);
        _lexer.Take();
        _depth--;
        return result;
    }

    // Up to the closing token, which stays.
    private void ReadFields(HoconObject target, HoconTokenKind closing)
    {
        for (SkipNewlines(); _lexer.Peek().Kind != closing; SkipNewlines())
        {
            HoconToken token = _lexer.Peek();
            if (token is { Kind: HoconTokenKind.Unquoted, Text: "include" })
                ReadInclude(target);
            else
                ReadField(target);
            if (!TakeSeparator(closing, "a key"))
                return;
        }
    }

    private void ReadInclude(HoconObject target)
    {
        HoconLocation location = _lexer.At(_lexer.Take());
        IncludeStatement include = IncludeStatement.Read(_lexer, location);
        foreach ((string name, HoconValue value) in _documents.ReadIncluded(include, _source, _path, _arrayDepth > 0, _depth).Fields)
            Merging.Put(target, name, value);
    }

    private void ReadField(HoconObject target)
    {
        HoconToken start = _lexer.Peek();
        HoconPath key = PathReader.Read(_lexer, EndsKey, "a key with '=' or ':'");
        string shown = ShownPath(key);
        SkipNewlines();
        HoconToken separator = _lexer.Peek();
        bool isAppend = separator.Kind == HoconTokenKind.PlusEquals;
        if (isAppend || separator.Kind is HoconTokenKind.Colon or HoconTokenKind.Equals)
        {
            _lexer.Take();
            SkipNewlines();
        }
        else if (separator.Kind != HoconTokenKind.OpenBrace)
        {
            throw _lexer.Error(separator, $"{separator.InWords()} stands where '=', ':' or '{{' belongs", shown);
        }

        Enter(start, key.Elements.Count);
        _path.AddRange(key.Elements);
        HoconValue value = isAppend ? ReadAppended(separator) : ReadValue();
        _path.RemoveRange(_path.Count - key.Elements.Count, key.Elements.Count);
        _depth -= key.Elements.Count;
        Merging.Put(target, key.Elements[0], Wrap(key, value, _lexer.At(start)));
    }

    private static bool EndsKey(HoconToken token) => token.Kind is HoconTokenKind.Colon or HoconTokenKind.Equals or HoconTokenKind.PlusEquals
        or HoconTokenKind.OpenBrace or HoconTokenKind.Newline or HoconTokenKind.End;

    // a.b.c = v is a { b { c = v } }.
    private static HoconValue Wrap(HoconPath key, HoconValue value, HoconLocation location)
    {
        for (int i = key.Elements.Count - 1; i > 0; i--)
        {
            var outer = new HoconObject(location);
            outer.Set(key.Elements[i], value);
            value = outer;
        }

        return value;
    }

    // a += v is a = ${?a} [v].
    private HoconConcatenation ReadAppended(in HoconToken separator)
    {
        if (_arrayDepth > 0)
            throw Error(separator, "'+=' cannot stand inside a list's element: no path leads there. Write the whole list");
        HoconLocation location = _lexer.At(separator);
        HoconValue added = ReadValue();
        var own = new HoconReference(location, new HoconPath(_path), prefixLength: 0, isOptional: true, isOwnField: true);
        return new HoconConcatenation(location, [own, new HoconArray(location, [added], isResolved: false)]);
    }

    private HoconArray ReadArray()
    {
        HoconToken open = _lexer.Take();
        Enter(open, 1);
        _arrayDepth++;
        var items = new List<HoconValue>();
        for (SkipNewlines(); _lexer.Peek().Kind != HoconTokenKind.CloseBracket; SkipNewlines())
        {
            items.Add(ReadValue());
            if (!TakeSeparator(HoconTokenKind.CloseBracket, "an element"))
                break;
        }

        _lexer.Take();
        _arrayDepth--;
        _depth--;
        return new HoconArray(_lexer.At(open), items, isResolved: false);
    }

    // False where the closing token comes next, with or without a comma before it.
    private bool TakeSeparator(HoconTokenKind closing, string what)
    {
        bool isSeparated = SkipNewlines();
        if (_lexer.Peek().Kind == HoconTokenKind.Comma)
        {
            isSeparated = true;
            _lexer.Take();
            SkipNewlines();
            HoconToken next = _lexer.Peek();
            if (next.Kind == HoconTokenKind.Comma)
                throw Error(next, $"two commas with nothing between: {what} belongs there");
        }

        HoconToken token = _lexer.Peek();
        if (token.Kind == closing)
            return false;
        if (token.Kind is HoconTokenKind.End or HoconTokenKind.CloseBrace or HoconTokenKind.CloseBracket)
            throw Error(token, $"{token.InWords()} stands where {NameOf(closing)} belongs");
        return isSeparated ? true : throw Error(token, $"{token.InWords()} stands where a comma, a new line or {NameOf(closing)} belongs");
    }

    private static string NameOf(HoconTokenKind closing) => closing switch
    {
        HoconTokenKind.CloseBrace => "'}'",
        HoconTokenKind.CloseBracket => "']'",
        _ => "the end of the text",
    };

    private HoconValue ReadValue()
    {
        HoconToken first = _lexer.Peek();
        var pieces = new List<HoconValue>(1);
        bool isDecided = true;
        for (HoconToken token = first; ; token = _lexer.Peek())
        {
            if (!token.IsScalar && token.Kind is not (HoconTokenKind.Substitution or HoconTokenKind.OpenBrace or HoconTokenKind.OpenBracket))
                break;
            if (pieces.Count > 0 && token.Gap.Length > 0)
                pieces.Add(new HoconScalar(_lexer.At(token), HoconScalarKind.Text, token.Gap, isGap: true));
            HoconValue piece = ReadPiece(token);
            isDecided &= piece is not HoconReference;
            pieces.Add(piece);
        }

        if (pieces.Count == 0)
            throw Error(first, $"{first.InWords()} stands where a value belongs");
        if (pieces.Count == 1)
            return pieces[0];
        return isDecided
            ? Joining.Join(pieces, new HoconPath(_path).ToString(), _documents.Limits.StringLengthMax)!
            : new HoconConcatenation(_lexer.At(first), pieces);
    }

    private HoconValue ReadPiece(in HoconToken token)
    {
        switch (token.Kind)
        {
            case HoconTokenKind.OpenBrace:
                return ReadObject();
            case HoconTokenKind.OpenBracket:
                return ReadArray();
            case HoconTokenKind.Substitution:
                return ReadReference();
            default:
                _lexer.Take();
                return new HoconScalar(_lexer.At(token), KindOf(token.Kind), token.Text);
        }
    }

    private HoconReference ReadReference()
    {
        HoconToken token = _lexer.Take();
        if (_isInArray)
            throw Error(token, "a file included inside a list's element cannot have substitutions: no path leads there");
        var prefix = new HoconPath(_path.Take(_prefixLength));
        return new HoconReference(_lexer.At(token), prefix.Then(token.Path!), _prefixLength, token.IsOptional);
    }

    private static HoconScalarKind KindOf(HoconTokenKind kind) => kind switch
    {
        HoconTokenKind.Number => HoconScalarKind.Number,
        HoconTokenKind.Boolean => HoconScalarKind.Boolean,
        HoconTokenKind.Null => HoconScalarKind.Null,
        _ => HoconScalarKind.Text,
    };

    private bool SkipNewlines()
    {
        bool any = false;
        for (; _lexer.Peek().Kind == HoconTokenKind.Newline; _lexer.Take())
            any = true;
        return any;
    }

    private void Enter(in HoconToken at, int levels)
    {
        _depth += levels;
        if (_depth > _documents.Limits.DepthMax)
            throw new HoconException(HoconErrorKind.Limit, _lexer.At(at), string.Empty, $"values are nested deeper than {_documents.Limits.DepthMax} levels");
    }

    private HoconException Error(in HoconToken token, string reason) => _lexer.Error(token, reason, new HoconPath(_path).ToString());

    private string ShownPath(HoconPath key) => new HoconPath([.. _path, .. key.Elements]).ToString();
}
