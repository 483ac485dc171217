using System.Globalization;

namespace Natflow.Policy.Control;

/// <summary>A line of <c>natflow_userinfo_ctl</c>. Download is rx.</summary>
public readonly record struct UserListing
{
    /// <summary>The user's address.</summary>
    public IpAddress Address { get; init; }

    /// <summary>MAC in the low 48 bits, first byte highest.</summary>
    public ulong Mac { get; init; }

    /// <summary>Number of the auth type.</summary>
    public byte Type { get; init; }

    /// <summary>Number of the auth status.</summary>
    public byte Status { get; init; }

    /// <summary>Number of the auth rule; 255 for none.</summary>
    public uint RuleId { get; init; }

    /// <summary>Seconds without traffic.</summary>
    public uint IdleSeconds { get; init; }

    /// <summary>Packets and L3 bytes to the user.</summary>
    public (ulong Packets, ulong Bytes) Rx { get; init; }

    /// <summary>Packets and L3 bytes from the user.</summary>
    public (ulong Packets, ulong Bytes) Tx { get; init; }

    /// <summary>A second, to the user.</summary>
    public (ulong Packets, ulong Bytes) RxSpeed { get; init; }

    /// <summary>A second, from the user.</summary>
    public (ulong Packets, ulong Bytes) TxSpeed { get; init; }

    /// <summary>Interface the user is behind, or null.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The line, without newline.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Address.ToFullText()},{MacText.Print(Mac)},0x{Type:x},0x{Status:x},{RuleId},{IdleSeconds},{Rx.Packets}:{Rx.Bytes},{Tx.Packets}:{Tx.Bytes},{RxSpeed.Packets}:{RxSpeed.Bytes},{TxSpeed.Packets}:{TxSpeed.Bytes},{InterfaceName}");
}
