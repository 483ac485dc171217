namespace Natflow.Bpf.Tests;

/// <summary>What the loader says to objects that are none. What loads is tested where the programs are.</summary>
public sealed class BpfObjectTests
{
    [Fact]
    public void Load_NoObject_IsRefusedInWords()
    {
        BpfException error = Assert.Throws<BpfException>(static () => BpfObject.Load([1, 2, 3, 4], "nothing").Dispose());
        Assert.Matches("nothing|libbpf", error.Message);
    }

    [Fact]
    public void LoadResource_Unknown_IsTheCallersMistake() =>
        Assert.Throws<ArgumentException>(static () => BpfObject.LoadResource(typeof(BpfObjectTests), "absent.bpf.o").Dispose());

    [Fact]
    public void Attach_NoSuchInterface_NamesIt()
    {
        Memory.NativeException error = Assert.Throws<Memory.NativeException>(
            static () => XdpAttachment.Attach(programFd: -1, "nosuch0", XdpDriverMode.Auto).Dispose());
        Assert.Contains("\"nosuch0\"", error.Message, StringComparison.Ordinal);
    }
}
