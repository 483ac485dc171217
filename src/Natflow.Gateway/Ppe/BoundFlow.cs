using System.Runtime.InteropServices;
using Natflow.Flows.Offers;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>What the offload actor keeps of a bound flow. Two cache lines.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 128)]
internal struct BoundFlow
{
    internal FlowCookie Cookie;
    internal ulong PacketsOut;
    internal ulong BytesOut;
    internal ulong PacketsIn;
    internal ulong BytesIn;
    internal ulong RateBytes;
    internal uint HandleOut;
    internal uint HandleIn;
    internal uint PolicyIndex;
    internal uint LastSeenOutMs;
    internal uint LastSeenInMs;
    internal uint Next;
    internal uint ReleaseAtMs;

    /// <summary>The other flow of a hairpinned pair plus one; 0 for none. Both flows have both entries: what is out for one is in for the other.</summary>
    internal uint PartnerPlusOne;

    /// <summary>Neighbours in the list of hairpinned flows, plus one.</summary>
    internal uint PairNext;
    internal uint PairPrevious;
    internal ushort PolicyGeneration;
    internal ushort OutLink;
    internal ushort OutGeneration;
    internal ushort InLink;
    internal ushort InGeneration;
    internal OffloadReason Reason;
    internal BoundState State;

    /// <summary>Notes what an offer was bound with.</summary>
    internal void Keep(ref readonly FlowOffer offer, FoeHandle handleOut, FoeHandle handleIn)
    {
        HandleOut = handleOut.Value;
        HandleIn = handleIn.Value;
        PolicyIndex = offer.PolicyIndex;
        PolicyGeneration = offer.PolicyGeneration;
        OutLink = offer.OutLink;
        OutGeneration = offer.OutGeneration;
        InLink = offer.InLink;
        InGeneration = offer.InGeneration;
    }
}
