namespace Natflow.Host.Settings;

/// <summary>TCP MSS clamping of an uplink.</summary>
/// <param name="Mode">Whether and by what.</param>
/// <param name="Bytes">Largest MSS where <paramref name="Mode"/> is <see cref="MssClampMode.Fixed"/>, else 0.</param>
public sealed record MssClampSettings(MssClampMode Mode, int Bytes);
