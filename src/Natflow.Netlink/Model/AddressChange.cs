namespace Natflow.Netlink.Model;

/// <summary>An address of the box is new, gone, or its flags changed.</summary>
/// <param name="Old">Before; null if it was not there.</param>
/// <param name="New">Now; null if it is not there.</param>
public readonly record struct AddressChange(InterfaceAddress? Old, InterfaceAddress? New)
{
    /// <summary>Whether the address came.</summary>
    public bool IsAdded => Old is null;

    /// <summary>Whether the address went.</summary>
    public bool IsRemoved => New is null;

    /// <summary>The address as it is now, or as it last was.</summary>
    public InterfaceAddress Subject => New ?? Old ?? default;
}
