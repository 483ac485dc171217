namespace Natflow.Inspect.Apps;

/// <summary>What a packet's payload says.</summary>
/// <param name="Protocol">The protocol, if one is known.</param>
/// <param name="AppId">The application, if one is known.</param>
/// <param name="Source">By what.</param>
/// <param name="Strength">How much it proves.</param>
/// <param name="Mark">What a second packet must have in common with the first, off by one at most; else 0.</param>
internal readonly record struct Evidence(FlowProtocol Protocol, ushort AppId, AppSource Source, EvidenceStrength Strength, uint Mark)
{
    internal bool IsNone => Protocol == FlowProtocol.None && AppId == 0;

    internal bool IsStrong => !IsNone && Strength == EvidenceStrength.Strong;

    /// <summary>The application, else the protocol.</summary>
    internal ushort Id => AppId != 0 ? AppId : (ushort)Protocol;

    internal static Evidence Of(FlowProtocol protocol, AppSource source) => new(protocol, 0, source, EvidenceStrength.Strong, 0);

    internal static Evidence Of(FlowApp app, AppSource source) => new(FlowProtocol.None, (ushort)app, source, EvidenceStrength.Strong, 0);

    internal static Evidence Backed(FlowProtocol protocol, AppSource source) => new(protocol, 0, source, EvidenceStrength.Backed, 0);

    internal static Evidence Weak(FlowProtocol protocol, AppSource source, uint mark = 0) => new(protocol, 0, source, EvidenceStrength.Weak, mark);

    internal static Evidence Weak(FlowApp app, AppSource source) => new(FlowProtocol.None, (ushort)app, source, EvidenceStrength.Weak, 0);

    internal static Evidence Partial(FlowProtocol protocol, AppSource source, uint mark) => new(protocol, 0, source, EvidenceStrength.Partial, mark);
}
