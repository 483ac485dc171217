namespace Natflow.Flows.Table;

/// <summary>Says whether a slot whose tag fits is the wanted one. Implemented by structs, so that the compiler makes one lookup for each.</summary>
internal interface ISlotMatch
{
    /// <summary>Whether it is.</summary>
    bool IsAt(uint slot);
}
