namespace Natflow.Policy.Auth;

/// <summary>What the rules say of a user.</summary>
/// <param name="Type">Type of the rule, Unknown where none matches.</param>
/// <param name="RuleId">Its number.</param>
/// <param name="IsWhite">Whether its white lists hold the user.</param>
/// <param name="Generation">Generation of the rules.</param>
public readonly record struct AuthMatch(AuthType Type, uint RuleId, bool IsWhite, ushort Generation);
