using System.Runtime.InteropServices;

namespace Natflow.Flows.Alg;

/// <summary>What is kept of a TCP flow with an application level gateway. 208 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 208)]
internal struct AlgFlow
{
    /// <summary>The flow.</summary>
    internal uint FlowIndex;

    /// <summary>Next of the chain or of the free list, plus one.</summary>
    internal uint Next;

    /// <summary>Which gateway.</summary>
    internal AlgKind Kind;

    /// <summary>What the subscriber sends.</summary>
    internal SequenceEdits Out;

    /// <summary>What the subscriber gets.</summary>
    internal SequenceEdits In;
}
