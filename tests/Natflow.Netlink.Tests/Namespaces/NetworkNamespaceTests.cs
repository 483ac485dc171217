using System.Net.NetworkInformation;
using Natflow.Memory;
using Natflow.Testing.Namespaces;

namespace Natflow.Netlink.Tests.Namespaces;

public sealed class NetworkNamespaceTests
{
    [NamespaceFact]
    public void Run_InsideANamespace_SeesItsInterfacesAndLeavesTheCallerOutside()
    {
        using var left = new TestNamespace("left");
        using var right = new TestNamespace("right");
        left.AddVeth(right, "nfleft", "nfright");

        string[] inside = left.Invoke(InterfaceNames);

        Assert.Equal(["lo", "nfleft"], inside);
        Assert.Equal(["lo", "nfright"], right.Invoke(InterfaceNames));
        Assert.DoesNotContain("nfleft", InterfaceNames());
    }

    [NamespaceFact]
    public void Run_BodyThrows_ThrowsToTheCaller()
    {
        using var space = new TestNamespace();

        var exception = Assert.Throws<InvalidOperationException>(
            () => space.Invoke(static () => throw new InvalidOperationException("from inside")));

        Assert.Equal("from inside", exception.Message);
    }

    [Fact]
    public void Run_NoSuchNamespace_NamesCallPathAndErrno()
    {
        NativeException exception = Assert.Throws<NativeException>(static () => NetworkNamespace.Run("nf-none", static () => 0));

        Assert.Equal(Errno.NoEntry, exception.Errno);
        Assert.Contains("open (/run/netns/nf-none)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ENOENT", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    public void Run_NameIsNoFileName_IsRefused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => NetworkNamespace.Run(name, static () => 0));

    [NamespaceFact]
    public void Dispose_Namespace_IsGone()
    {
        string name;
        using (var space = new TestNamespace())
        {
            name = space.Name;
            Assert.True(NetworkNamespace.Exists(name));
            _ = space.Start(["sleep", "1000"]);
        }

        Assert.False(NetworkNamespace.Exists(name));
    }

    private static string[] InterfaceNames() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().Select(static card => card.Name).Order(StringComparer.Ordinal)];
}
