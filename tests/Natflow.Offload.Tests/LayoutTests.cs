using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Offload.Tests;

/// <summary>Layouts that leave the process.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void FoeEntry_Size_IsAsDeclared() => Assert.Equal(FoeEntry.SizeBytes, Unsafe.SizeOf<FoeEntry>());

    [Theory]
    [InlineData(nameof(PolicyRecord.Generation), 0)]
    [InlineData(nameof(PolicyRecord.Verdict), 2)]
    [InlineData(nameof(PolicyRecord.Flags), 3)]
    [InlineData(nameof(PolicyRecord.ClassId), 4)]
    [InlineData(nameof(PolicyRecord.Dscp), 6)]
    [InlineData(nameof(PolicyRecord.UpDueNs), 8)]
    [InlineData(nameof(PolicyRecord.DownDueNs), 16)]
    [InlineData(nameof(PolicyRecord.UpNanosecondsPerByteQ20), 24)]
    [InlineData(nameof(PolicyRecord.DownNanosecondsPerByteQ20), 32)]
    [InlineData(nameof(PolicyRecord.UpBurstMicroseconds), 40)]
    [InlineData(nameof(PolicyRecord.DownBurstMicroseconds), 44)]
    [InlineData(nameof(PolicyRecord.UpDropped), 48)]
    [InlineData(nameof(PolicyRecord.DownDropped), 52)]
    public void PolicyRecord_Field_StaysWhereBpfReadsIt(string field, int offset)
    {
        Assert.Equal(PolicyRecord.SizeBytes, Unsafe.SizeOf<PolicyRecord>());
        Assert.Equal(offset, (int)Marshal.OffsetOf<PolicyRecord>(field));
    }
}
