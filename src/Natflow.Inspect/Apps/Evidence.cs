namespace Natflow.Inspect.Apps;

/// <summary>What a packet's payload says.</summary>
/// <param name="Protocol">The protocol, if one is known.</param>
/// <param name="AppId">The application, if one is known.</param>
/// <param name="Source">By what.</param>
/// <param name="IsWeak">Few bits decided: stands only if no other packet of the flow speaks against it.</param>
internal readonly record struct Evidence(FlowProtocol Protocol, ushort AppId, AppSource Source, bool IsWeak)
{
    internal bool IsNone => Protocol == FlowProtocol.None && AppId == 0;

    internal static Evidence Of(FlowProtocol protocol, AppSource source) => new(protocol, 0, source, IsWeak: false);

    internal static Evidence Weak(FlowProtocol protocol, AppSource source) => new(protocol, 0, source, IsWeak: true);

    internal static Evidence Of(FlowApp app, AppSource source) => new(FlowProtocol.None, (ushort)app, source, IsWeak: false);

    internal static Evidence Weak(FlowApp app, AppSource source) => new(FlowProtocol.None, (ushort)app, source, IsWeak: true);
}
