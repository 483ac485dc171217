namespace Natflow.Host.Settings;

/// <summary>How translations are kept on record.</summary>
public enum NatLogMode
{
    /// <summary>Lease and return of port blocks.</summary>
    Block = 0,

    /// <summary>Port blocks, and begin and end of each flow.</summary>
    Session = 1,

    /// <summary>Nothing but the rule: ports are computed (RFC 7422).</summary>
    Deterministic = 2,
}
