using Natflow.Netlink.Messages;

namespace Natflow.Netlink;

/// <summary>Takes one message; the payload is valid during the call only.</summary>
/// <param name="header">Its header.</param>
/// <param name="payload">What follows the header.</param>
public delegate void NetlinkMessageHandler(in NetlinkHeader header, ReadOnlySpan<byte> payload);
