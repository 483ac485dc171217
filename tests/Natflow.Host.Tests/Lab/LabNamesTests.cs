using Natflow.Host.Lab;

namespace Natflow.Host.Tests.Lab;

public sealed class LabNamesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a-b")]
    [InlineData("123456789012345678901234567890123")]
    public void For_WhatIsNoName_SaysWhatOneIs(string name)
    {
        LabException error = Assert.Throws<LabException>(() => LabNames.For(name));
        Assert.Contains("letters and digits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_AName_GivesNamespacesThatAllDiffer()
    {
        LabNames names = LabNames.For("lab");
        Assert.Equal(names.All.Count, names.All.Distinct().Count());
        Assert.All(names.All, static name => Assert.StartsWith("nf-lab-", name, StringComparison.Ordinal));
    }
}
