namespace Natflow.Flows.Offers;

/// <summary>Who still needs a flow's packets.</summary>
[Flags]
public enum OffloadBusy : byte
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>An inspector.</summary>
    Inspector = 1,

    /// <summary>The login.</summary>
    LoginPending = 2,
}
