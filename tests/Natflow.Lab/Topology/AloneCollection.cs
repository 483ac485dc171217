namespace Natflow.Lab.Topology;

/// <summary>Tests that no other lab may share the machine with: they watch a rate, or a process that another would starve.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "Alone";
}
