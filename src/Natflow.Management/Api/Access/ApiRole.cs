namespace Natflow.Management.Api.Access;

/// <summary>What a caller may do, as the operator grants it.</summary>
public enum ApiRole
{
    /// <summary>Nothing: the caller is unknown.</summary>
    None,

    /// <summary>Reads figures, flows, subscribers, health.</summary>
    Viewer,

    /// <summary>Reads, and acts on subscribers: limits, blocks, ends flows.</summary>
    Operator,

    /// <summary>Reads, and reads who did what: audit and URLs.</summary>
    Auditor,

    /// <summary>Everything, configuration included.</summary>
    Admin,
}
