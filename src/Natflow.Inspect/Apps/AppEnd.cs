namespace Natflow.Inspect.Apps;

/// <summary>Why a flow's packets are no longer wanted. Each flow that was taken up ends by one of these.</summary>
public enum AppEnd : byte
{
    /// <summary>A payload gave the answer.</summary>
    Match = 0,

    /// <summary>Both directions' budgets are spent.</summary>
    Budget = 1,

    /// <summary>FIN or RST.</summary>
    Transport = 2,

    /// <summary>A name had given the answer.</summary>
    App = 3,

    /// <summary>No signature is left that could hold: a carrier, or a machine that was wrong.</summary>
    NoCandidate = 4,

    /// <summary>The limit of packets.</summary>
    PacketLimit = 5,

    /// <summary>Ended from outside.</summary>
    Abort = 6,
}
