using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tests.Observe;

public sealed class ObservationBatchTests
{
    [Fact]
    public void TryAddText_NoRoom_KeepsNothing()
    {
        var batch = new ObservationBatch(capacity: 1, textBytes: 4);
        Assert.True(batch.TryAddText("abc"u8, out TextRange kept));
        Assert.False(batch.TryAddText("de"u8, out TextRange refused));
        Assert.Equal("abc"u8, batch.Text(kept));
        Assert.Equal(default, refused);
    }

    [Fact]
    public void TryAdd_Full_IsRefusedUntilCleared()
    {
        var batch = new ObservationBatch(capacity: 1, textBytes: 4);
        Assert.True(batch.TryAdd(new Observation { Kind = ObservationKind.Dns }));
        Assert.False(batch.TryAdd(default));
        batch.Clear();
        Assert.Equal(0, batch.Count);
        Assert.True(batch.TryAdd(default));
    }

    [Fact]
    public void Map_AnyAddress_ComesBack() => Assert.Equal(0x0403_0201u, FlowEnds.Unmap(FlowEnds.Map(0x0403_0201u)));
}
