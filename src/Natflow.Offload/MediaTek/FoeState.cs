namespace Natflow.Offload.MediaTek;

/// <summary>State of a FOE entry, as ib1 has it.</summary>
public enum FoeState : byte
{
    /// <summary>Free.</summary>
    Invalid = 0,

    /// <summary>Learned by the engine: packets are counted and go to the CPU.</summary>
    Unbind = 1,

    /// <summary>Forwarding.</summary>
    Bind = 2,

    /// <summary>Was bound, saw FIN or RST, ages out.</summary>
    Fin = 3,
}
