namespace Natflow.Management.Api.Access;

/// <summary>Who asks.</summary>
/// <param name="Name">Name of the token; <c>loopback</c> or <c>socket</c> without one.</param>
/// <param name="Role">What it may do.</param>
/// <param name="From">Address that it asks from.</param>
public sealed record ApiCaller(string Name, ApiRole Role, string From)
{
    /// <summary>Whether the role is enough.</summary>
    public bool May(ApiPermission permission) => permission switch
    {
        ApiPermission.Public => true,
        ApiPermission.Read => Role != ApiRole.None,
        ApiPermission.Audit => Role is ApiRole.Auditor or ApiRole.Admin,
        ApiPermission.Operate => Role is ApiRole.Operator or ApiRole.Admin,
        _ => Role == ApiRole.Admin,
    };
}
