namespace Natflow.Policy.Auth;

/// <summary>Something that happens to a user.</summary>
/// <param name="Kind">What.</param>
/// <param name="Match">The rule that matches and its white lists, for Seen.</param>
/// <param name="Status">For StatusSet.</param>
/// <param name="SessionMs">How long the login holds, ms, for LoggedIn; 0 for no end.</param>
public readonly record struct AuthEvent(AuthEventKind Kind, AuthMatch Match = default, AuthStatus Status = AuthStatus.None, long SessionMs = 0);
