using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Natflow.Journal.Writing;

/// <summary>
/// Batches that wait for the store, in order, bounded: length, checksum and content each. A unit that was half written when the process died ends the
/// file: it was acknowledged to nobody.
/// </summary>
/// <remarks>Writer's thread only. What <see cref="TryAppend"/> took is on disk.</remarks>
internal sealed class SpillFile : IDisposable
{
    private const uint Magic = 0x314C_504E; // "NPL1"
    private const int HeaderBytes = 12;
    private const int UnitBytesMax = 64 << 20;

    private readonly FileStream _file;
    private readonly long _bytesMax;
    private long _readPosition;

    internal SpillFile(string path, long bytesMax)
    {
        _bytesMax = bytesMax;
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        TornBytes = CutTornEnd();
    }

    /// <summary>Bytes of a half-written end that were cut off at opening.</summary>
    internal long TornBytes { get; }

    internal long LengthBytes => _file.Length;

    internal bool IsEmpty => _file.Length == 0;

    public void Dispose() => _file.Dispose();

    /// <summary>Whether a unit fits; if so it is durable on return.</summary>
    /// <exception cref="IOException">The disk refuses; the file is as before.</exception>
    internal bool TryAppend(SpillUnit unit)
    {
        byte[] content = Write(unit);
        long end = _file.Length;
        if (content.Length > UnitBytesMax || end + HeaderBytes + content.Length > _bytesMax)
            return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Checksum(content));
        try
        {
            _file.Position = end;
            _file.Write(header);
            _file.Write(content);
            _file.Flush(flushToDisk: true);
            return true;
        }
        catch
        {
            _file.SetLength(end);
            throw;
        }
    }

    /// <summary>Starts reading from the beginning.</summary>
    internal void Rewind() => _readPosition = 0;

    /// <summary>The next unit, or null at the end.</summary>
    internal SpillUnit? TryRead()
    {
        if (ReadAt(_readPosition) is not { } content)
            return null;
        _readPosition += HeaderBytes + content.Length;
        return Read(content);
    }

    /// <summary>Forgets everything: the store has it.</summary>
    internal void Clear()
    {
        _file.SetLength(0);
        _file.Flush(flushToDisk: true);
        _readPosition = 0;
    }

    private long CutTornEnd()
    {
        long position = 0;
        while (ReadAt(position) is { } content && CanRead(content))
            position += HeaderBytes + content.Length;
        long torn = _file.Length - position;
        if (torn != 0)
            _file.SetLength(position);
        return torn;
    }

    private byte[]? ReadAt(long position)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        _file.Position = position;
        if (_file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        if (length is <= 0 or > UnitBytesMax || position + HeaderBytes + length > _file.Length)
            return null;
        byte[] content = new byte[length];
        bool isWhole = _file.ReadAtLeast(content, length, throwOnEndOfStream: false) == length;
        return isWhole && Checksum(content) == BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) ? content : null;
    }

    private static bool CanRead(byte[] content)
    {
        try
        {
            return Read(content) is not null;
        }
        catch (Exception bad) when (bad is IOException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static byte[] Write(SpillUnit unit)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(unit.Mark.WriterId);
        writer.Write(unit.Mark.BatchNr);
        writer.Write(unit.Entries.Count);
        foreach (JournalEntry entry in unit.Entries)
        {
            writer.Write(entry.StreamId);
            writer.Write(entry.SequenceNr);
            writer.Write(entry.CreatedTicks);
            writer.Write(entry.Manifest);
            WriteBytes(writer, entry.Payload);
            WriteBytes(writer, entry.Salt);
            writer.Write(entry.Keys.Count);
            foreach (long key in entry.Keys)
                writer.Write(key);
        }

        foreach (JournalEntry entry in unit.Entries)
            writer.Write(entry.Token); // Behind the rest: older programs do not read it.
        writer.Flush();
        return stream.ToArray();
    }

    private static SpillUnit Read(byte[] content)
    {
        using var reader = new BinaryReader(new MemoryStream(content), Encoding.UTF8);
        var mark = new BatchMark(reader.ReadString(), reader.ReadInt64());
        int count = reader.ReadInt32();
        var entries = new List<JournalEntry>();
        for (int i = 0; i < count; i++)
            entries.Add(ReadEntry(reader));
        if (reader.BaseStream.Position == reader.BaseStream.Length)
            return new SpillUnit(mark, entries); // An older program's.
        foreach (JournalEntry entry in entries)
            entry.Token = reader.ReadInt64();
        return new SpillUnit(mark, entries);
    }

    private static JournalEntry ReadEntry(BinaryReader reader)
    {
        string stream = reader.ReadString();
        long number = reader.ReadInt64();
        long created = reader.ReadInt64();
        string manifest = reader.ReadString();
        byte[] payload = ReadBytes(reader);
        byte[] salt = ReadBytes(reader);
        if (salt.Length > Chain.ChainHash.SaltBytes)
            throw new EndOfStreamException($"a salt of {salt.Length} bytes");
        int keyCount = reader.ReadInt32();
        var keys = new List<long>();
        for (int i = 0; i < keyCount; i++)
            keys.Add(reader.ReadInt64());
        return new JournalEntry
        {
            StreamId = stream,
            SequenceNr = number,
            CreatedTicks = created,
            Manifest = manifest,
            Payload = payload,
            Salt = salt,
            Digest = Chain.ChainHash.OfPayload(salt, payload),
            Keys = keys,
        };
    }

    // A length that lies must not become memory before it is found out.
    private static byte[] ReadBytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        long rest = reader.BaseStream.Length - reader.BaseStream.Position;
        return length >= 0 && length <= rest ? reader.ReadBytes(length) : throw new EndOfStreamException($"{length} bytes where {rest} are left");
    }

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        uint sum = uint.MaxValue;
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (byte rest in content)
            sum = BitOperations.Crc32C(sum, rest);
        return ~sum;
    }
}
