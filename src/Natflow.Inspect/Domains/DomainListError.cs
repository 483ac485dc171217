namespace Natflow.Inspect.Domains;

/// <summary>Something in a list that is no domain.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Text">What stands there, printable, at most 80 characters.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record DomainListError(int Line, string Text, string Reason);
