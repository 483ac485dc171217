namespace Natflow.Hocon.Reading;

/// <summary>Kinds of token.</summary>
internal enum HoconTokenKind
{
    End,
    Newline,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Equals,
    PlusEquals,
    Quoted,
    TripleQuoted,
    Unquoted,
    Number,
    Boolean,
    Null,
    Substitution,
}
