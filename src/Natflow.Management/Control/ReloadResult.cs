namespace Natflow.Management.Control;

/// <summary>What became of a wish to read the configuration anew.</summary>
/// <param name="IsValid">Whether the file is a valid configuration. If not, the gateway stays as it is.</param>
/// <param name="Applied">Keys that differed and are in force now.</param>
/// <param name="NeedRestart">Keys that differ from the running configuration and wait for a restart.</param>
/// <param name="Errors">What is wrong with it, each with file, line and path.</param>
public sealed record ReloadResult(bool IsValid, IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart, IReadOnlyList<string> Errors);

/// <summary>Why a request was refused.</summary>
/// <param name="Error">In words, with what was expected.</param>
public sealed record ControlError(string Error);
