using Natflow.Gateway.Users;
using Natflow.Journal.Events;
using Natflow.Journal.Users;

namespace Natflow.Journal.Tests.Users;

public sealed class UserWarmUpTests
{
    [Fact]
    public void Run_GoesThroughEveryCommandAndKeepsNothing()
    {
        var sink = new EncodingSink(EventCatalogue.Default);
        Assert.Equal(4, UserWarmUp.Run(sink, TimeProvider.System)); // A kick, two states and rates: each reaches a shard.
        Assert.InRange(sink.BytesMade, 100, 2000);
    }
}
