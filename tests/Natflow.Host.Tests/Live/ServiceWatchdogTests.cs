using Natflow.Host.Live;

namespace Natflow.Host.Tests.Live;

public sealed class ServiceWatchdogTests
{
    [Theory]
    [InlineData("30000000", null, 15_000)]
    [InlineData("30000000", "77", 15_000)]
    [InlineData("2000", null, 1)]
    [InlineData("30000000", "78", null)]
    [InlineData("30000000", "", null)]
    [InlineData("1999", null, null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("99999999999999999999", null, null)]
    [InlineData(null, null, null)]
    public void IntervalOf_WhatSystemdSays_IsHalfOfIt_OrNothing(string? microseconds, string? processId, int? milliseconds) =>
        Assert.Equal(milliseconds, (int?)ServiceWatchdog.IntervalOf(microseconds, processId, ownProcessId: 77)?.TotalMilliseconds);
}
