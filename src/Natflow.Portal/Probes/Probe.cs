namespace Natflow.Portal.Probes;

/// <summary>What a system asks for to find out whether it is online. Any other answer than the one it waits for has it open the page that it is sent to.</summary>
/// <param name="System">Whose it is.</param>
/// <param name="Host">Name it asks.</param>
/// <param name="Path">What it asks for, with the query.</param>
/// <param name="Status">Status of the answer that means online.</param>
/// <param name="Body">Text of that answer; empty where it is not looked at.</param>
public sealed record Probe(string System, string Host, string Path, int Status, string Body);
