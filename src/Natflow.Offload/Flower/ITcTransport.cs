namespace Natflow.Offload.Flower;

/// <summary>The way to the kernel's traffic control: a netlink socket, or a stand-in.</summary>
internal interface ITcTransport : IDisposable
{
    /// <summary>Room that an answer may need.</summary>
    const int ReplyBytesMax = 64 << 10;

    /// <summary>Sends a request and waits for its answer, with a limit.</summary>
    /// <param name="request">One message; its sequence number is filled in.</param>
    /// <param name="reply">Receives the answer's payload, where it is one of type RTM_NEWTFILTER. <see cref="ReplyBytesMax"/> long.</param>
    /// <param name="replyBytes">Length of it; 0 for an acknowledgement.</param>
    /// <param name="text">What the kernel says to an error; empty for nothing.</param>
    /// <returns>0, or a positive errno.</returns>
    int Ask(Span<byte> request, Span<byte> reply, out int replyBytes, out string text);
}
