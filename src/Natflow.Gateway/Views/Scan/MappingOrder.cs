namespace Natflow.Gateway.Views.Scan;

/// <summary>What mappings are put in order by.</summary>
public enum MappingOrder
{
    /// <summary>Flows that use them.</summary>
    Uses,

    /// <summary>The subscriber's address and port.</summary>
    Inside,

    /// <summary>The public address and port.</summary>
    External,
}
