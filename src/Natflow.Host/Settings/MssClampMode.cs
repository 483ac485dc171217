namespace Natflow.Host.Settings;

/// <summary>What the MSS is clamped to.</summary>
public enum MssClampMode
{
    /// <summary>The MSS stays as it is.</summary>
    Off,

    /// <summary>The uplink's MTU less the headers.</summary>
    PathMtu,

    /// <summary>A number of bytes.</summary>
    Fixed,
}
