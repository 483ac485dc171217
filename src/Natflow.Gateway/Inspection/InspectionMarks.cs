namespace Natflow.Gateway.Inspection;

/// <summary>How far inspection of a flow has come.</summary>
[Flags]
internal enum InspectionMarks : byte
{
    /// <summary>No packet yet.</summary>
    None = 0,

    /// <summary>Its first packet was looked at.</summary>
    Begun = 1,

    /// <summary>It will name nothing more.</summary>
    NamesDone = 2,

    /// <summary>Its packets tell no more what it is.</summary>
    AppDone = 4,

    /// <summary>A resolver's: it is wanted as long as it lives.</summary>
    Resolver = 8,

    /// <summary>It is released when the burst is over.</summary>
    Leaving = 16,
}
