namespace Natflow.Flows.Users;

/// <summary>
/// What a flow and its subscriber's gate compare for each packet: the generation of the policy, and in the top bit whether a meter is in force. Where the bit alone
/// differs, the flow is not judged anew: it only has its packets metered from now on, or no more.
/// </summary>
internal static class PolicyStamp
{
    private const ushort GenerationMask = 0x7FFF;
    private const ushort Metered = 0x8000;

    /// <summary>The stamp of a generation.</summary>
    /// <param name="generation">Modulo 2^15.</param>
    /// <param name="flags">What is in force.</param>
    internal static ushort Of(ushort generation, PolicyFlags flags) =>
        (ushort)(GenerationOf(generation) | ((flags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown)) != PolicyFlags.None ? Metered : 0));

    /// <summary>The generation, as policy records and entries of a PPE carry it.</summary>
    internal static ushort GenerationOf(ushort stamp) => (ushort)(stamp & GenerationMask);

    /// <summary>The generation after a stamp's.</summary>
    internal static ushort NextGeneration(ushort stamp) => GenerationOf((ushort)(stamp + 1));

    /// <summary>Whether a number is a generation: earlier versions went on to the top bit.</summary>
    internal static bool IsGeneration(ushort number) => number <= GenerationMask;

    /// <summary>Whether a meter is in force.</summary>
    internal static bool IsMetered(ushort stamp) => stamp >= Metered;
}
