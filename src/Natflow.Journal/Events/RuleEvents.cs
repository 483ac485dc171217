namespace Natflow.Journal.Events;

/// <summary>Other rules are in force.</summary>
/// <param name="Generation">Generation of the auth rules.</param>
/// <param name="AuthRules">Auth rules.</param>
/// <param name="QosRules">QoS rules.</param>
/// <param name="HostRules">Host rules.</param>
public sealed record RulesChanged(int Generation, int AuthRules, int QosRules, int HostRules) : IJournalEvent;

/// <summary>Lines of a control device were taken; a restart takes them again while the configuration is the same.</summary>
/// <param name="Device">Name of the device, such as <c>natflow_user_ctl</c>.</param>
/// <param name="Lines">The lines, in order.</param>
/// <param name="IsAll">Whether they stand in the place of all lines of the device before.</param>
public sealed record RulesWritten(string Device, IReadOnlyList<string> Lines, bool IsAll = false) : IJournalEvent;

/// <summary>A configuration was put in the place of all rules: lines written before are gone.</summary>
/// <param name="Digest">SHA-256 of what it says about rules, hex.</param>
public sealed record RulesConfigured(string Digest) : IJournalEvent;
