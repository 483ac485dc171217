using Natflow.Testing;

namespace Natflow.Ports.Tests;

public sealed class SharedDataTests
{
    [Fact]
    public void SkipReason_IsThereExactlyWhenTheFolderIsNot()
    {
        Assert.Equal(SharedData.Root is null, SharedData.SkipReason is not null);
        Assert.Equal(SharedData.SkipReason, new SharedFactAttribute().Skip);
        Assert.Equal(SharedData.SkipReason, new SharedTheoryAttribute().Skip);
    }

    [SharedFact]
    public void Path_OfThePcapFolder_Exists() => Assert.True(Directory.Exists(SharedData.Path("data", "pcap")));
}
