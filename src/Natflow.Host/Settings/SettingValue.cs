using Natflow.Hocon;

namespace Natflow.Host.Settings;

/// <summary>The value of one key.</summary>
/// <param name="Text">The value in one spelling whatever the operator's: durations in ms, sizes in bytes.</param>
/// <param name="Location">Where it was written, be that the operator's file or the reference.</param>
public sealed record SettingValue(string Text, HoconLocation Location);
