namespace Natflow.Gateway.Ppe;

/// <summary>Where an entry of the table of bound flows stands.</summary>
internal enum BoundState : byte
{
    /// <summary>Free.</summary>
    Free = 0,

    /// <summary>A PPE forwards the flow.</summary>
    Bound = 1,

    /// <summary>Taken out; its places are given back when no packet can be under way any more.</summary>
    Leaving = 2,
}
