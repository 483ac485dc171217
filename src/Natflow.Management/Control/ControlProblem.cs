namespace Natflow.Management.Control;

/// <summary>Why a request was refused: the body of every answer from 400 on (RFC 9457).</summary>
/// <param name="Type">A URI for the kind of problem: <c>about:blank</c>, as the status says it (RFC 9457 section 4.2.1).</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong with this request, and what was expected.</param>
public sealed record ControlProblem(string Type, string Title, int Status, string Detail);
