namespace Natflow.Hocon.Reading;

/// <summary>Strict JSON (RFC 8259) with unique keys, for files that say so by their name.</summary>
internal sealed class JsonParser
{
    private readonly HoconLexer _lexer;
    private readonly HoconLimits _limits;
    private int _depth;

    internal JsonParser(SourceText source, HoconLimits limits, int depth)
    {
        _lexer = new HoconLexer(source.Text, source.Name, isJson: true);
        _limits = limits;
        _depth = depth;
    }

    /// <summary>Reads the whole text.</summary>
    internal HoconValue ReadRoot()
    {
        HoconToken first = Next();
        HoconValue root = first.Kind is HoconTokenKind.OpenBrace or HoconTokenKind.OpenBracket
            ? ReadValue(first)
            : throw Expected(first, "'{' or '['");
        HoconToken rest = Next();
        return rest.Kind == HoconTokenKind.End ? root : throw Expected(rest, "the end of the text");
    }

    private HoconValue ReadValue(in HoconToken token)
    {
        switch (token.Kind)
        {
            case HoconTokenKind.OpenBrace:
                return ReadObject(token);
            case HoconTokenKind.OpenBracket:
                return ReadArray(token);
            case HoconTokenKind.Quoted:
                return new HoconScalar(_lexer.At(token), HoconScalarKind.Text, token.Text);
            case HoconTokenKind.Number when HoconNumber.IsJsonNumber(token.Text):
                return new HoconScalar(_lexer.At(token), HoconScalarKind.Number, token.Text);
            case HoconTokenKind.Boolean:
                return new HoconScalar(_lexer.At(token), HoconScalarKind.Boolean, token.Text);
            case HoconTokenKind.Null:
                return new HoconScalar(_lexer.At(token), HoconScalarKind.Null, token.Text);
            default:
                throw Expected(token, "a JSON value");
        }
    }

    private HoconObject ReadObject(in HoconToken open)
    {
        Enter(open);
        var result = new HoconObject(_lexer.At(open));
        HoconToken token = Next();
        while (token.Kind != HoconTokenKind.CloseBrace)
        {
            if (token.Kind != HoconTokenKind.Quoted)
                throw Expected(token, "a key in quotes");
            if (result.TryGetField(token.Text, out _))
                throw _lexer.Error(token, $"the key \"{token.Text}\" stands twice, which a JSON file may not have");
            HoconToken colon = Next();
            if (colon.Kind != HoconTokenKind.Colon)
                throw Expected(colon, "':'");
            result.Set(token.Text, ReadValue(Next()));
            token = NextAfterItem(HoconTokenKind.CloseBrace, "',' or '}'");
        }

        _depth--;
        return result;
    }

    private HoconArray ReadArray(in HoconToken open)
    {
        Enter(open);
        var items = new List<HoconValue>();
        HoconToken token = Next();
        while (token.Kind != HoconTokenKind.CloseBracket)
        {
            items.Add(ReadValue(token));
            token = NextAfterItem(HoconTokenKind.CloseBracket, "',' or ']'");
        }

        _depth--;
        return new HoconArray(_lexer.At(open), items, isResolved: false);
    }

    // The closing token, or the first token after a comma.
    private HoconToken NextAfterItem(HoconTokenKind closing, string expected)
    {
        HoconToken token = Next();
        if (token.Kind == closing)
            return token;
        if (token.Kind != HoconTokenKind.Comma)
            throw Expected(token, expected);
        token = Next();
        return token.Kind != closing ? token : throw Expected(token, "another item after the comma");
    }

    private HoconToken Next()
    {
        HoconToken token = _lexer.Take();
        while (token.Kind == HoconTokenKind.Newline)
            token = _lexer.Take();
        return token;
    }

    private void Enter(in HoconToken at)
    {
        if (++_depth > _limits.DepthMax)
            throw new HoconException(HoconErrorKind.Limit, _lexer.At(at), string.Empty, $"values are nested deeper than {_limits.DepthMax} levels");
    }

    private HoconException Expected(in HoconToken token, string expected) => _lexer.Error(token, $"{token.InWords()} stands where {expected} belongs");
}
