namespace Natflow.Host.Tests.Replay;

/// <summary>A fact about writing where there is no room.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FullDeviceFactAttribute : FactAttribute
{
    internal const string Device = "/dev/full";

    public FullDeviceFactAttribute() => Skip = File.Exists(Device) ? null : $"needs {Device}";
}
