using Natflow.Host.Live;
using Natflow.Netlink.Model;

namespace Natflow.Host.Tests.Live;

/// <summary>Whose interface is changed. What threads do is tested in the lab.</summary>
public sealed class ThreadedNapiTests
{
    [Theory]
    [InlineData("lo", 4242, 0UL)]
    [InlineData("lo", 1, 0x0200_0000_0001UL)]
    public void TryTurnOn_InterfaceOfAnotherNamespaceHasTheName_IsLeftAlone(string name, int index, ulong mac)
    {
        using ThreadedNapi? receiver = ThreadedNapi.TryTurnOn(LinkOf(name, index, mac), out string note);

        Assert.Null(receiver);
        Assert.Contains("/sys/class/net/lo is of another network namespace", note, StringComparison.Ordinal);
    }

    [Fact]
    public void TryTurnOn_InterfaceIsNotThere_SaysWhatIsMissing()
    {
        using ThreadedNapi? receiver = ThreadedNapi.TryTurnOn(LinkOf("nowhere0", 4242, 0), out string note);

        Assert.Null(receiver);
        Assert.Equal("nowhere0: no threaded NAPI: /sys/class/net/nowhere0/threaded is not there; it needs Linux 5.12 and sysfs", note);
    }

    private static Link LinkOf(string name, int index, ulong mac) => new(index, name, mac, 1500, true, true, false, 0, string.Empty, 0, 0);
}
