namespace Natflow.Policy.Control;

/// <summary>The files of <c>urllogger_store</c>: one number each.</summary>
/// <param name="Enable">Whether URLs are logged and the host ACL is in force; 0 for off.</param>
/// <param name="TimestampFreqSeconds">Window in which equal records merge, and their age before they can be read.</param>
/// <param name="TupleType">Addresses of a record: 0 original source and destination, 1 original and reply source, else reply destination and source.</param>
public sealed record UrlStoreModel(uint Enable, uint TimestampFreqSeconds, uint TupleType)
{
    /// <summary>What a gateway has before anything is said.</summary>
    public static UrlStoreModel Default { get; } = new(0, 10, 0);

    /// <summary>Writes a file.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="text">What is written.</param>
    public ControlStep<UrlStoreModel> Write(string name, ReadOnlySpan<char> text)
    {
        if (name == "count")
            return new(this, ControlResult.Refused(ControlErrno.NotPermitted, "count is read only"));
        if (!LineText.TryStrictNumber(text.Trim(), uint.MaxValue, out uint number))
            return new(this, ControlResult.Invalid($"{name}: a number from 0 to {uint.MaxValue} was expected"));
        UrlStoreModel? changed = name switch
        {
            "enable" => this with { Enable = number },
            "timestamp_freq" => this with { TimestampFreqSeconds = number },
            "tuple_type" => this with { TupleType = number },
            _ => null,
        };
        return changed is null ? new(this, ControlResult.Refused(ControlErrno.NotFound, $"there is no '{LineText.Shown(name)}'")) : new(changed, ControlResult.Taken);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="recordCount">Records that wait.</param>
    /// <returns>The number and a newline, or null where there is no such file.</returns>
    public string? Read(string name, int recordCount) => name switch
    {
        "enable" => $"{Enable}\n",
        "count" => $"{recordCount}\n",
        "timestamp_freq" => $"{TimestampFreqSeconds}\n",
        "tuple_type" => $"{TupleType}\n",
        _ => null,
    };
}
