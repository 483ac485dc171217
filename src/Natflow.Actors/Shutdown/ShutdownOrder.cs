namespace Natflow.Actors;

/// <summary>Puts phases in an order in which each comes after what it depends on.</summary>
internal static class ShutdownOrder
{
    /// <summary>Sorts; phases that do not depend on each other are put in order of name.</summary>
    /// <exception cref="ConfigurationException">The phases depend on each other in a circle, or on one that is not there.</exception>
    internal static string[] Sort(IReadOnlyDictionary<string, ShutdownPhase> phases)
    {
        var sorted = new List<string>();
        var remaining = new SortedSet<string>(phases.Keys, StringComparer.Ordinal);
        foreach ((string name, ShutdownPhase phase) in phases)
        {
            if (phase.DependsOn.FirstOrDefault(on => !phases.ContainsKey(on)) is { } missing)
                throw new ConfigurationException($"shutdown phase '{name}' depends on '{missing}', which is not there");
        }

        while (remaining.Count > 0)
        {
            string next = remaining.FirstOrDefault(name => !phases[name].DependsOn.Any(remaining.Contains))
                ?? throw new ConfigurationException($"shutdown phases depend on each other in a circle: {string.Join(", ", remaining)}");
            sorted.Add(next);
            remaining.Remove(next);
        }

        return [.. sorted];
    }
}
