namespace Natflow.Management.Api.Models;

/// <summary>A setting in force.</summary>
/// <param name="Path">From <c>natflow</c> on.</param>
/// <param name="Value">In one spelling.</param>
/// <param name="Source">File and line that it was written in.</param>
/// <param name="IsLive">Whether a reload can change it.</param>
public sealed record SettingModel(string Path, string Value, string Source, bool IsLive);
