using System.Runtime.InteropServices;

namespace Natflow.Flows.Users;

/// <summary>Sums of a subscriber's living flows in the pass that is under way, and what was reported of it so far. 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 64)]
internal struct UserTally
{
    internal ulong PassPacketsOut;
    internal ulong PassBytesOut;
    internal ulong PassPacketsIn;
    internal ulong PassBytesIn;
    internal ulong ToldPacketsOut;
    internal ulong ToldBytesOut;
    internal ulong ToldPacketsIn;
    internal ulong ToldBytesIn;
}
