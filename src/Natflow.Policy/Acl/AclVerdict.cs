namespace Natflow.Policy.Acl;

/// <summary>What the host ACL says of a name.</summary>
/// <param name="Slot">Slot of the rule, or <see cref="AclEntry.NoSlot"/>.</param>
/// <param name="Action">Its action, or the default.</param>
public readonly record struct AclVerdict(byte Slot, AclAction Action)
{
    /// <summary>The answer for what carried the name. Both families alike: the original let TLS over IPv6 hang where a redirect was meant.</summary>
    /// <param name="source">What carried the name.</param>
    /// <param name="hasUrl">Whether there is a URL to send HTTP clients to.</param>
    /// <param name="options">What the operator chose beyond the original.</param>
    public AclAnswer AnswerFor(AclSource source, bool hasUrl, AclOptions options)
    {
        if (Action == AclAction.Accept)
            return AclAnswer.Pass;
        return source switch
        {
            AclSource.Dns when Action == AclAction.Redirect && options.HasFlag(AclOptions.DnsPortal) => AclAnswer.PortalAddress,
            AclSource.Dns => options.HasFlag(AclOptions.DnsNameError) ? AclAnswer.NameError : AclAnswer.Pass,
            AclSource.Quic => Action != AclAction.Drop && options.HasFlag(AclOptions.QuicUnreachable) ? AclAnswer.Unreachable : AclAnswer.Drop,
            _ when Action == AclAction.Drop => AclAnswer.Drop,
            AclSource.HttpRequest when Action == AclAction.Redirect && hasUrl => AclAnswer.RedirectHttp,
            _ => AclAnswer.ResetBoth,
        };
    }
}
