using System.Buffers.Binary;
using System.Runtime.CompilerServices;

using Natflow.Core;

namespace Natflow.Inspect.Quic;

/// <summary>
/// Takes the protection off a client's Initial packets. Keys of connections seen lately are kept, so that the second datagram of a hello costs no
/// derivation. One owner thread.
/// </summary>
internal sealed class InitialOpener(FlowHash hash) : IDisposable
{
    private const int EntryCount = 256;
    private const int SampleBytes = 16;
    private const int SecretBytes = 32;
    private const int PacketNumberBytesMax = 4;

    private readonly InitialSecrets _secrets = new();
    private readonly Entry[] _entries = new Entry[EntryCount];
    private readonly byte[] _header = new byte[2048];

    public void Dispose() => _secrets.Dispose();

    /// <summary>Opens a packet.</summary>
    /// <param name="packet">The whole packet.</param>
    /// <param name="header">Its long header.</param>
    /// <param name="destinationId">The connection id that the keys come from: not always the packet's own.</param>
    /// <param name="largest">Largest packet number of the flow so far; moves on with success.</param>
    /// <param name="plain">Receives the frames.</param>
    /// <param name="plainBytes">Their length.</param>
    /// <returns>False for a packet too short to hold a sample, one that is too long, or one whose tag does not fit.</returns>
    internal bool TryOpen(
        ReadOnlySpan<byte> packet, in QuicLongHeader header, ReadOnlySpan<byte> destinationId, ref ulong largest, Span<byte> plain, out int plainBytes)
    {
        plainBytes = 0;
        int offset = header.PacketNumberOffset;
        if (packet.Length < offset + PacketNumberBytesMax + SampleBytes || offset + PacketNumberBytesMax > _header.Length) return false;

        ref Entry entry = ref Find(header.Version, destinationId);
        Span<byte> mask = stackalloc byte[SampleBytes];
        InitialCipher.Mask(entry.HeaderKey, packet.Slice(offset + PacketNumberBytesMax, SampleBytes), mask);

        byte first = (byte)(packet[0] ^ (mask[0] & 0x0F));
        int numberBytes = (first & 3) + 1;
        Span<byte> clear = _header.AsSpan(0, offset + numberBytes);
        packet[..clear.Length].CopyTo(clear);
        clear[0] = first;
        ulong truncated = 0;
        for (int i = 0; i < numberBytes; i++)
        {
            clear[offset + i] ^= mask[1 + i];
            truncated = (truncated << 8) | clear[offset + i];
        }

        ReadOnlySpan<byte> sealedBytes = packet[clear.Length..];
        if (sealedBytes.Length < InitialCipher.TagBytes || sealedBytes.Length - InitialCipher.TagBytes > plain.Length) return false;

        ulong number = Expand(truncated, numberBytes, largest);
        Span<byte> nonce = stackalloc byte[InitialSecrets.IvBytes];
        ((ReadOnlySpan<byte>)entry.Iv)[..InitialSecrets.IvBytes].CopyTo(nonce);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], BinaryPrimitives.ReadUInt64BigEndian(nonce[4..]) ^ number);
        plainBytes = sealedBytes.Length - InitialCipher.TagBytes;
        if (!InitialCipher.TryDecrypt(entry.Key, nonce, clear, sealedBytes, plain[..plainBytes])) return false;
        largest = Math.Max(largest, number);
        return true;
    }

    // RFC 9000 appendix A.3: the number nearest to the one expected next.
    private static ulong Expand(ulong truncated, int numberBytes, ulong largest)
    {
        ulong window = 1UL << (numberBytes * 8);
        ulong expected = largest + 1;
        ulong candidate = (expected & ~(window - 1)) | truncated;
        if (candidate + (window / 2) <= expected && candidate < (1UL << 62) - window) return candidate + window;
        return candidate > expected + (window / 2) && candidate >= window ? candidate - window : candidate;
    }

    private ref Entry Find(QuicVersion version, ReadOnlySpan<byte> destinationId)
    {
        Span<byte> padded = stackalloc byte[QuicLongHeader.ConnectionIdBytesMax + sizeof(uint)];
        padded.Clear();
        destinationId.CopyTo(padded);
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(padded) ^ BinaryPrimitives.ReadUInt64LittleEndian(padded[8..])
            ^ BinaryPrimitives.ReadUInt64LittleEndian(padded[16..]);
        ref Entry entry = ref _entries[hash.Of(word) % EntryCount];
        ReadOnlySpan<byte> id = padded[..QuicLongHeader.ConnectionIdBytesMax];
        if (!entry.IsUsed || entry.Version != version || entry.IdBytes != destinationId.Length || !id.SequenceEqual(entry.Id))
            Derive(ref entry, version, destinationId, id);
        return ref entry;
    }

    private void Derive(ref Entry entry, QuicVersion version, ReadOnlySpan<byte> destinationId, ReadOnlySpan<byte> paddedId)
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        _secrets.DeriveClient(version, destinationId, secret);
        _secrets.ExpandHeaderKey(version, secret, entry.HeaderKey);
        _secrets.ExpandKey(version, secret, entry.Key);
        _secrets.ExpandIv(version, secret, ((Span<byte>)entry.Iv)[..InitialSecrets.IvBytes]);
        paddedId.CopyTo(entry.Id);
        entry.IdBytes = (byte)destinationId.Length;
        entry.Version = version;
        entry.IsUsed = true;
    }

    private struct Entry
    {
        internal QuicVersion Version;
        internal bool IsUsed;
        internal byte IdBytes;
        internal ConnectionId Id;
        internal Block Key;
        internal Block HeaderKey;
        internal Block Iv;
    }

    [InlineArray(InitialSecrets.KeyBytes)]
    private struct Block
    {
        private byte _first;
    }
}
