namespace Natflow.Netlink.Watch;

/// <summary>The tables of the kernel that make a model, each dumped by itself.</summary>
[Flags]
internal enum ModelParts
{
    None = 0,
    Links = 1,
    Addresses = 2,
    Ipv4Routes = 4,
    Ipv6Routes = 8,
    Neighbours = 16,
    Routes = Ipv4Routes | Ipv6Routes,
    All = Links | Addresses | Routes | Neighbours,
}
