using System.Runtime.InteropServices;
using Natflow.Flows.Snapshot;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Snapshot;

/// <summary>Changes records of a snapshot and puts the checksums right.</summary>
internal static class SnapshotForgery
{
    internal static void Change(byte[] bytes, int turns, Prng prng)
    {
        for (int at = SnapshotHeader.SizeBytes; at < bytes.Length;)
        {
            ref SnapshotFrame frame = ref MemoryMarshal.AsRef<SnapshotFrame>(bytes.AsSpan(at));
            Span<byte> payload = bytes.AsSpan(at + SnapshotFrame.SizeBytes, (int)frame.LengthBytes);
            for (int i = 0; i < turns && frame.Kind != SnapshotKind.End; i++)
                payload[prng.Next(payload.Length)] = (byte)prng.Next(256);
            frame.Checksum = frame.ChecksumOf(payload);
            at += SnapshotFrame.SizeBytes + payload.Length;
        }
    }
}
