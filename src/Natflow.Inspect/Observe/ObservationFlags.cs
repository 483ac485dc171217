namespace Natflow.Inspect.Observe;

/// <summary>Facts about an observation beside its texts.</summary>
[Flags]
public enum ObservationFlags : byte
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>There is a name, empty or not: a Host header or absolute target, an SNI, a question. Without it a log shows an absent name.</summary>
    HasName = 1 << 0,

    /// <summary>The ClientHello has an encrypted inner one (ECH, or its draft ESNI): the name is the outer, public one.</summary>
    EncryptedHello = 1 << 1,

    /// <summary>The client of the observation is the end that did not begin the flow.</summary>
    FromReply = 1 << 2,

    /// <summary>The name was not in the flow: it is what DNS last said of the address.</summary>
    Inferred = 1 << 3,

    /// <summary>Names and targets that were longer than a limit are cut.</summary>
    Cut = 1 << 4,
}
