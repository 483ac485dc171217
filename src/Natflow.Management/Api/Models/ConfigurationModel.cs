namespace Natflow.Management.Api.Models;

/// <summary>The configuration. The answer's ETag is the text's: a change names it in If-Match.</summary>
/// <param name="Text">The operator's file.</param>
/// <param name="Values">What is in force.</param>
public sealed record ConfigurationModel(string Text, IReadOnlyList<SettingModel> Values);
