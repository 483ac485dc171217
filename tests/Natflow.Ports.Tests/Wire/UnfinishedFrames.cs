using System.Runtime.InteropServices;
using Natflow.Ports.AfPacket;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.Wire;

/// <summary>Frames that their sender left to the kernel to finish.</summary>
internal static class UnfinishedFrames
{
    private const int SegmentationHeaderOption = 15;

    /// <summary>Sends a frame that the kernel is told to take for unfinished; from then on only those can be sent.</summary>
    public static void SendUnfinished(this RawLink link, SegmentationHeader header, byte[] frame)
    {
        link.SetOption(SocketNative.LevelPacket, SegmentationHeaderOption, 1);
        byte[] message = new byte[SegmentationHeader.SizeBytes + frame.Length];
        MemoryMarshal.Write(message, header);
        frame.CopyTo(message, SegmentationHeader.SizeBytes);
        link.Send(message);
    }
}
