namespace Natflow.Management.Control;

/// <summary>What became of a wish to read the configuration anew.</summary>
/// <param name="Applied">Whether the new configuration is in force as far as it can change at run time; false left everything as it was.</param>
/// <param name="Changed">Keys that changed and are in force.</param>
/// <param name="NeedRestart">Keys that changed and wait for a restart.</param>
/// <param name="Errors">Why it was refused, each with file, line and path.</param>
public sealed record ReloadResult(
    bool Applied, IReadOnlyList<string> Changed, IReadOnlyList<string> NeedRestart, IReadOnlyList<string> Errors);

/// <summary>Why a request was refused.</summary>
/// <param name="Error">In words, with what was expected.</param>
public sealed record ControlError(string Error);
