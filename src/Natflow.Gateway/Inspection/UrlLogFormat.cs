namespace Natflow.Gateway.Inspection;

/// <summary>How records are written to a file. The numbers do not leave the process.</summary>
public enum UrlLogFormat
{
    /// <summary>A line of fields with tabs between them.</summary>
    Tsv = 0,

    /// <summary>A JSON object a line.</summary>
    Json = 1,

    /// <summary>The original's binary records: URL records of version 2, DPI events of version 3.</summary>
    Binary = 2,
}
