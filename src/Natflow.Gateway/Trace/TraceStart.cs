using Natflow.Core;
using Natflow.Gateway.Views;

namespace Natflow.Gateway.Trace;

/// <summary>What was there before the stages saw a traced packet.</summary>
/// <param name="Frame">The descriptor.</param>
/// <param name="Flow">Its flow; null where there was none.</param>
/// <param name="Drops">Drop counters, in order of reason.</param>
internal sealed record TraceStart(FrameDescriptor Frame, FlowView? Flow, ulong[] Drops);
