namespace Natflow.Host.Settings;

/// <summary><c>natflow.capacity</c>.</summary>
/// <param name="Flows">Flows of the whole gateway.</param>
/// <param name="Users">Subscribers of the whole gateway.</param>
/// <param name="Fragments">Fragment contexts of the whole gateway.</param>
public sealed record CapacitySettings(int Flows, int Users, int Fragments);
