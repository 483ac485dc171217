using Natflow.Netlink.Sysctls;
using Natflow.Testing.Namespaces;

namespace Natflow.Netlink.Tests.Sysctls;

public sealed class SysctlTests
{
    private const string Forward = "net.ipv4.ip_forward";

    [NamespaceFact]
    public void Restore_AfterSet_PutsBackInTheNamespaceOnly()
    {
        using var space = new TestNamespace();
        string? outside = Sysctl.Read(Forward).New;
        using var scope = new SysctlScope(space.Name);

        SysctlResult set = scope.Set(Forward, "1");

        Assert.Equal((SysctlStatus.Done, "0", "1"), (set.Status, set.Old, set.New));
        Assert.Equal("1", space.Run($"sysctl -n {Forward}").Trim());
        Assert.Equal(outside, Sysctl.Read(Forward).New);
        Assert.Equal(SysctlStatus.Unchanged, scope.Set(Forward, "1").Status);
        SysctlResult restored = Assert.Single(scope.Restore());
        Assert.Equal((SysctlStatus.Done, "0"), (restored.Status, restored.New));
        Assert.Equal("0", space.Run($"sysctl -n {Forward}").Trim());
        Assert.Empty(scope.Restore());
    }

    [NamespaceFact]
    public void Restore_ChangedByOthers_LeavesItAlone()
    {
        using var space = new TestNamespace();
        using var scope = new SysctlScope(space.Name);
        scope.Set("net.ipv4.ip_default_ttl", "70");
        space.Run("sysctl -w net.ipv4.ip_default_ttl=80");

        Assert.Equal(SysctlStatus.ChangedByOthers, Assert.Single(scope.Restore()).Status);
        Assert.Equal("80", space.Run("sysctl -n net.ipv4.ip_default_ttl").Trim());
    }

    [NamespaceFact]
    public void Set_ValueTheKernelRefuses_SaysSo()
    {
        using var space = new TestNamespace();
        using var scope = new SysctlScope(space.Name);

        SysctlResult result = scope.Set("net.ipv4.ip_default_ttl", "many");

        Assert.Equal((SysctlStatus.Refused, "64", "64"), (result.Status, result.Old, result.New));
        Assert.Empty(scope.Changed);
    }

    [NamespaceFact]
    public void Set_InterfaceWithADotInItsName_IsFound()
    {
        using var space = new TestNamespace();
        space.AddVeth(space, "nf0.5", "nf1");
        using var scope = new SysctlScope(space.Name);

        Assert.Equal(SysctlStatus.Done, scope.Set("net/ipv4/conf/nf0.5/rp_filter", "2").Status);
        space.Run("ip link del nf0.5");
        Assert.Equal(SysctlStatus.Missing, Assert.Single(scope.Restore()).Status);
    }

    [Fact]
    public void Set_NoSuchParameter_IsMissing()
    {
        using var scope = new SysctlScope();

        Assert.Equal(SysctlStatus.Missing, scope.Set("net.natflow.nothing", "1").Status);
    }

    [Theory]
    [InlineData("net/../../../etc/passwd")]
    [InlineData("net..ipv4")]
    [InlineData("")]
    public void Read_NameLeavesTheFolder_IsRefused(string name) => Assert.ThrowsAny<ArgumentException>(() => Sysctl.Read(name));

    [NamespaceFact]
    public void TryReadEphemeralPorts_InANamespace_GivesTheRange()
    {
        using var space = new TestNamespace();
        space.Run(["sysctl", "-w", "net.ipv4.ip_local_port_range=40000 41000"]);

        Assert.Equal((true, 40000, 41000), space.Invoke(static () => (Sysctl.TryReadEphemeralPorts(out ushort first, out ushort last), (int)first, (int)last)));
    }
}
