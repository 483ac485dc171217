using System.Runtime.InteropServices;

namespace Natflow.Actors.Dispatch;

/// <summary>A message on its way, with its sender.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Envelope(object Message, IActorRef? Sender);
