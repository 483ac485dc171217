namespace Natflow.Management.Api.Access;

/// <summary>What a route asks of its caller.</summary>
public enum ApiPermission
{
    /// <summary>Nothing: health for load balancers, the page's files.</summary>
    Public,

    /// <summary>Reading figures.</summary>
    Read,

    /// <summary>Reading who did what.</summary>
    Audit,

    /// <summary>Acting on subscribers.</summary>
    Operate,

    /// <summary>Changing the gateway itself.</summary>
    Administer,
}
