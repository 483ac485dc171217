using System.Text;

namespace Natflow.Portal.Radius;

/// <summary>A secret that gateway and server share. No text, log or listing shows it.</summary>
public sealed class RadiusSecret
{
    /// <summary>Of a text.</summary>
    public RadiusSecret(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Bytes = Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Its bytes.</summary>
    internal byte[] Bytes { get; }

    /// <inheritdoc />
    public override string ToString() => "(secret)";
}
