using Natflow.Actors;

namespace Natflow.Testing.Actors.Persistence;

/// <summary>Base of tests of persistent actors: journal and snapshot store in memory, which fail, reject or keep silent when told to.</summary>
public abstract class PersistenceTestKit : TestKit
{
    /// <summary>Makes the system.</summary>
    /// <param name="recoveryEventTimeout">Null is 30 s.</param>
    protected PersistenceTestKit(TimeSpan? recoveryEventTimeout = null) => System.Persistence.Start(
        Props.Create(() => new TestJournal(Storage)), Props.Create(() => new TestSnapshotStore(Storage)), recoveryEventTimeout);

    /// <summary>What is stored, and how the plug-ins behave.</summary>
    public TestStorage Storage { get; } = new();
}
