namespace Natflow.Policy.Control;

/// <summary>How much a dump says.</summary>
public enum DumpFormat
{
    /// <summary>Line for line what the original prints, with its gaps: settings that stand in comments only do not replay.</summary>
    Original,

    /// <summary>The original's lines and, beside them, commands for all that it leaves in comments: fed back, it gives the same model.</summary>
    Replayable,
}
