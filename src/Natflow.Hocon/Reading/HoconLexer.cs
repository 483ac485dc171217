using System.Globalization;
using System.Text;

namespace Natflow.Hocon.Reading;

/// <summary>Cuts a text into tokens, one at a time. Each character is looked at a bounded number of times.</summary>
internal sealed class HoconLexer
{
    private readonly string _text;
    private readonly string _file;
    private readonly bool _isJson;
    private int _position;
    private int _line = 1;
    private int _lineStart;
    private HoconToken? _peeked;
    private bool _isInSubstitution;

    /// <summary>Starts at the beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="isJson">Whether only JSON's tokens are allowed.</param>
    internal HoconLexer(string text, string file, bool isJson = false)
    {
        _text = text;
        _file = file;
        _isJson = isJson;
    }

    /// <summary>The next token, which stays.</summary>
    internal HoconToken Peek() => _peeked ??= Read();

    /// <summary>The next token, which is taken.</summary>
    internal HoconToken Take()
    {
        HoconToken token = Peek();
        _peeked = null;
        return token;
    }

    /// <summary>Place of a token.</summary>
    internal HoconLocation At(in HoconToken token) => new(_file, token.Line, token.Column);

    /// <summary>An error at a token.</summary>
    internal HoconException Error(in HoconToken token, string reason, string path = "") => new(HoconErrorKind.Parse, At(token), path, reason);

    /// <summary>Skips whitespace, newlines included, and takes one of the words if it stands next. For what an include statement names.</summary>
    internal bool TryTakeWord(string word, bool isTaken = true)
    {
        if (_peeked is not null)
            throw new InvalidOperationException("a token was looked at already");
        SkipSpaceAndNewlines();
        if (!_text.AsSpan(_position).StartsWith(word, StringComparison.Ordinal))
            return false;
        if (isTaken)
            _position += word.Length;
        return true;
    }

    private void SkipSpaceAndNewlines()
    {
        for (; _position < _text.Length && HoconCharacters.IsWhitespace(_text[_position]); _position++)
        {
            if (_text[_position] == '\n')
                NextLine(_position + 1);
        }
    }

    private void NextLine(int start)
    {
        _line++;
        _lineStart = start;
    }

    private HoconToken Read()
    {
        int start = _position;
        while (_position < _text.Length && _text[_position] != '\n' && HoconCharacters.IsWhitespace(_text[_position]))
            _position++;
        string gap = _position == start ? string.Empty : _text[start.._position];
        if (IsComment(_position))
        {
            if (_isJson)
                throw ErrorHere(_position, "a JSON file has no comments");
            int end = _text.IndexOf('\n', _position);
            _position = end < 0 ? _text.Length : end;
        }

        if (_position >= _text.Length)
            return Make(HoconTokenKind.End, string.Empty, gap, _position);
        char unit = _text[_position];
        HoconTokenKind? single = unit switch
        {
            '{' => HoconTokenKind.OpenBrace,
            '}' => HoconTokenKind.CloseBrace,
            '[' => HoconTokenKind.OpenBracket,
            ']' => HoconTokenKind.CloseBracket,
            ',' => HoconTokenKind.Comma,
            ':' => HoconTokenKind.Colon,
            '=' => HoconTokenKind.Equals,
            '\n' => HoconTokenKind.Newline,
            _ => null,
        };
        if (single is not { } kind)
            return ReadLong(unit, gap);
        HoconToken token = Make(kind, unit.ToString(), gap, _position++);
        if (kind == HoconTokenKind.Newline)
            NextLine(_position);
        return token;
    }

    private HoconToken ReadLong(char unit, string gap) => unit switch
    {
        '"' when !_isJson && IsAt(_position, "\"\"\"") => ReadTripleQuoted(gap),
        '"' => ReadQuoted(gap),
        '$' when IsAt(_position, "${") => ReadSubstitution(gap),
        '+' when IsAt(_position, "+=") => ReadPlusEquals(gap),
        >= '0' and <= '9' or '-' => ReadNumber(gap),
        _ when HoconCharacters.IsUnquoted(unit) => ReadUnquoted(gap),
        _ => throw ErrorHere(_position, $"'{unit}' may stand only inside quotes"),
    };

    private HoconToken ReadPlusEquals(string gap)
    {
        HoconToken token = Make(HoconTokenKind.PlusEquals, "+=", gap, _position);
        _position += 2;
        return token;
    }

    private HoconToken ReadNumber(string gap)
    {
        int start = _position;
        while (_position < _text.Length && (char.IsAsciiDigit(_text[_position]) || _text[_position] is 'e' or 'E' or '+' or '-' or '.'))
            _position++;
        string text = _text[start.._position];
        if (HoconNumber.IsNumber(text))
            return Make(HoconTokenKind.Number, text, gap, start);
        if (text.Contains('+', StringComparison.Ordinal))
            throw ErrorHere(start, $"'{text}' is no number; text with '+' needs quotes");
        return Make(HoconTokenKind.Unquoted, text, gap, start);
    }

    private HoconToken ReadUnquoted(string gap)
    {
        int start = _position;
        foreach ((string word, HoconTokenKind kind) in new[] { ("true", HoconTokenKind.Boolean), ("false", HoconTokenKind.Boolean), ("null", HoconTokenKind.Null) })
        {
            if (!IsAt(start, word))
                continue;
            _position += word.Length;
            return Make(kind, word, gap, start);
        }

        while (_position < _text.Length && HoconCharacters.IsUnquoted(_text[_position]) && !IsComment(_position))
            _position++;
        return Make(HoconTokenKind.Unquoted, _text[start.._position], gap, start);
    }

    private HoconToken ReadTripleQuoted(string gap)
    {
        int start = _position;
        int startLine = _line;
        int startColumn = start - _lineStart + 1;
        int content = start + 3;
        int end = _text.IndexOf("\"\"\"", content, StringComparison.Ordinal);
        if (end < 0)
            throw ErrorHere(start, "the string that begins here with \"\"\" does not end");
        while (IsAt(end + 3, "\""))
            end++;
        for (int i = _text.IndexOf('\n', content, end - content); i >= 0; i = _text.IndexOf('\n', i + 1, end - i - 1))
            NextLine(i + 1);
        _position = end + 3;
        return new HoconToken(HoconTokenKind.TripleQuoted, _text[content..end], gap, startLine, startColumn);
    }

    private HoconToken ReadQuoted(string gap)
    {
        int start = _position++;
        var content = new StringBuilder();
        while (true)
        {
            if (_position >= _text.Length)
                throw ErrorHere(start, "the string that begins here does not end");
            char unit = _text[_position];
            if (unit < ' ')
                throw ErrorHere(_position, "a line break or control character inside quotes: write it as an escape, or use \"\"\"");
            _position++;
            if (unit == '"')
                return Make(HoconTokenKind.Quoted, content.ToString(), gap, start);
            content.Append(unit == '\\' ? ReadEscape(start) : unit);
        }
    }

    private char ReadEscape(int stringStart)
    {
        if (_position >= _text.Length)
            throw ErrorHere(stringStart, "the string that begins here does not end");
        char unit = _text[_position++];
        switch (unit)
        {
            case '"' or '\\' or '/': return unit;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _position + 4 <= _text.Length
                && ushort.TryParse(_text.AsSpan(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                _position += 4;
                return (char)code;
            default:
                throw ErrorHere(_position - 2, $"'\\{unit}' is no escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits are");
        }
    }

    private HoconToken ReadSubstitution(string gap)
    {
        int start = _position;
        if (_isInSubstitution)
            throw ErrorHere(start, "a substitution cannot stand inside another");
        _isInSubstitution = true;
        HoconToken opening = Make(HoconTokenKind.Substitution, string.Empty, gap, start);
        _position += 2;
        bool isOptional = IsAt(_position, "?");
        if (isOptional)
            _position++;
        int pathStart = _position;
        HoconPath path = PathReader.Read(this, static token => token.Kind == HoconTokenKind.CloseBrace, "a path such as nat.ports, then '}'");
        HoconToken closing = Take();
        if (closing.Kind != HoconTokenKind.CloseBrace)
            throw Error(closing, "the substitution ${ does not end with '}' on its line");
        _isInSubstitution = false;
        return opening with { Text = $"{(isOptional ? "?" : string.Empty)}{_text[pathStart..(_position - 1)]}", Path = path, IsOptional = isOptional };
    }

    private bool IsAt(int position, string word) => string.CompareOrdinal(_text, position, word, 0, word.Length) == 0;

    private bool IsComment(int position) => position < _text.Length && (_text[position] == '#' || IsAt(position, "//"));

    private HoconToken Make(HoconTokenKind kind, string text, string gap, int start) => new(kind, text, gap, _line, start - _lineStart + 1);

    private HoconException ErrorHere(int position, string reason) =>
        new(HoconErrorKind.Parse, new HoconLocation(_file, _line, position - _lineStart + 1), string.Empty, reason);
}
