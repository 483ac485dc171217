namespace Natflow.Host.Lab;

/// <summary>How a lab is.</summary>
/// <param name="Name">Name of the lab.</param>
/// <param name="State">down, broken (leftovers of a lab that did not come up or crashed) or up.</param>
/// <param name="GatewayProcessId">The gateway's process, or null.</param>
/// <param name="RunDirectory">Its run directory: the control socket, configuration and logs.</param>
/// <param name="Hosts">The hosts.</param>
/// <param name="Missing">What is not there because a program is not installed.</param>
public sealed record LabStatus(
    string Name, string State, int? GatewayProcessId, string RunDirectory, IReadOnlyList<LabHost> Hosts, IReadOnlyList<string> Missing);

/// <summary>A host of a lab.</summary>
/// <param name="Host">a, b, gw, wan, x or y; of a lab of several gateways g1 to g3 and e1 to e3 too.</param>
/// <param name="Namespace">Its network namespace.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Processes">Ids of the processes inside.</param>
/// <param name="Enter">The command that opens a shell there.</param>
public sealed record LabHost(string Host, string Namespace, IReadOnlyList<string> Addresses, IReadOnlyList<int> Processes, string Enter);
