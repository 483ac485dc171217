namespace Natflow.Management.Api.Rules;

/// <summary>A model that is no rules, in words for who sent it.</summary>
internal sealed class RuleException(string message) : Exception(message);
