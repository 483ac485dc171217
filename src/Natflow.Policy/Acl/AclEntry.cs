using System.Globalization;

namespace Natflow.Policy.Acl;

/// <summary>A host rule.</summary>
/// <param name="Slot">Priority and name of the filter sets, 0 to <see cref="SlotMax"/>; lower goes first.</param>
/// <param name="Action">What happens on a hit.</param>
/// <param name="Host">The name as the operator wrote it; it stands for itself and all names under it.</param>
public sealed record AclEntry(byte Slot, AclAction Action, string Host)
{
    /// <summary>Highest slot; 64 stands for no rule in records, so this is the last below it. The original ends at 31.</summary>
    public const byte SlotMax = 63;

    /// <summary>Slot of a record that no rule hit.</summary>
    public const byte NoSlot = 64;

    /// <summary>The command that makes it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"add acl={Slot},{(int)Action},{Host}");
}
