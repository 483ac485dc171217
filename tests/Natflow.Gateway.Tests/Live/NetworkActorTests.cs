using System.Collections.Concurrent;
using Natflow.Actors;
using Natflow.Gateway.Live;
using Natflow.Netlink.Model;

namespace Natflow.Gateway.Tests.Live;

/// <summary>When the kernel is asked for neighbours in the shards' place.</summary>
public sealed class NetworkActorTests
{
    private const int Link = 3;
    private const ulong Mac = 0x0200_0000_0001;

    private static readonly IpAddress Router = IpAddress.FromIpv4(0xCB0071FE);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Neighbour_FailedSinceItWasAskedFor_IsAskedForAnewWhenSomebodyNeedsIt()
    {
        ActorSystem system = ActorSystem.Create("network");
        using var asked = new BlockingCollection<bool>();
        IActorRef network = Start(system, asked);
        network.Tell(new NeighbourRequest(Link, Router));
        Assert.False(Next(asked));
        network.Tell(Changed(oldMac: 0, newMac: 0, hasFailed: true)); // A link went and came back: the question of before went nowhere.
        network.Tell(new NeighbourRequest(Link, Router));
        Assert.True(Next(asked));
        network.Tell(new NeighbourRequest(Link, Router));
        Assert.False(Next(asked));
        await system.Terminate();
        Assert.Empty(asked); // For one that only failed nobody asks unless it is needed.
    }

    [Fact]
    public async Task Neighbour_LostWhileItIsUsed_IsAskedForAtOnce()
    {
        ActorSystem system = ActorSystem.Create("network");
        using var asked = new BlockingCollection<bool>();
        IActorRef network = Start(system, asked);
        network.Tell(Changed(Mac, newMac: 0, hasFailed: true)); // Nobody used it yet.
        network.Tell(new NeighbourRequest(Link, Router));
        Assert.False(Next(asked));
        network.Tell(Changed(Mac, newMac: 0, hasFailed: true));
        Assert.True(Next(asked));
        await system.Terminate();
        Assert.Empty(asked);
    }

    private static IActorRef Start(ActorSystem system, BlockingCollection<bool> asked) => system.ActorOf(Props.Create(() => new NetworkActor(
        _ => new Nothing(), (link, address, isLost) => asked.Add(link == Link && address == Router && isLost), _ => { }, () => { })));

    private static NetworkChanged Changed(ulong oldMac, ulong newMac, bool hasFailed) => new(
        NetworkModel.Empty, new NetworkChange(IsFirst: false, IsResync: false, [], [], [], [new NeighbourChange(Link, Router, oldMac, newMac, hasFailed)]));

    private static bool Next(BlockingCollection<bool> asked)
    {
        Assert.True(asked.TryTake(out bool isLost, Patience), "the kernel was not asked");
        return isLost;
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
