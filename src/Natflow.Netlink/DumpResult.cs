namespace Natflow.Netlink;

/// <summary>How a dump ended.</summary>
/// <param name="Status">The end.</param>
/// <param name="Errno">Positive on <see cref="DumpStatus.Refused"/>.</param>
/// <param name="Text">What the kernel said about the error; may be empty.</param>
public readonly record struct DumpResult(DumpStatus Status, int Errno = 0, string Text = "")
{
    /// <inheritdoc />
    public override string ToString() =>
        Status == DumpStatus.Refused ? $"{Memory.Errno.NameOf(Errno)}{(Text.Length > 0 ? ": " : "")}{Text}" : Status.ToString();
}
