namespace Natflow.Offload.Model;

/// <summary>A PPE whose entries may outlive a gateway.</summary>
public interface IAdoptablePpe : IPpe
{
    /// <summary>Whether entries of an earlier gateway were found: <see cref="NextHandle"/> gives them.</summary>
    bool IsAdopted { get; }

    /// <summary>Walks the entries, bound or not released.</summary>
    /// <param name="previous">The last one; <see cref="FoeHandle.None"/> for the first.</param>
    /// <returns>The next, or <see cref="FoeHandle.None"/> behind the last.</returns>
    FoeHandle NextHandle(FoeHandle previous);

    /// <summary>What the last <see cref="IPpe.ReadCounters"/> of an entry gave, by whichever gateway; the time is not kept.</summary>
    FoeCounters LastRead(FoeHandle handle);
}
