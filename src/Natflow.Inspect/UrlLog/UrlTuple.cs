namespace Natflow.Inspect.UrlLog;

/// <summary>Which addresses of a translated flow a record holds, as the original's <c>tuple_type</c>.</summary>
public enum UrlTuple : byte
{
    /// <summary>As the client sent: its own address, and the one it asked.</summary>
    Original = 0,

    /// <summary>The client's own address, and the one that answers: after destination translation.</summary>
    ClientAndAnswerer = 1,

    /// <summary>The address that the answer goes to, after source translation, and the one that answers.</summary>
    Translated = 2,
}
