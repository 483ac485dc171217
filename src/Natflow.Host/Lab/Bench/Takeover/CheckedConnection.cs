using System.Buffers.Binary;
using System.Net.Sockets;
using System.Numerics;

namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>A TCP connection whose far end sends back what it gets: each record has a number, bytes that follow from it, and a checksum. Once broken it stays so.</summary>
internal sealed class CheckedConnection : IDisposable
{
    private const int RecordBytes = 256;
    private const int HeadBytes = 16; // Number, checksum.

    private readonly Socket _inside;
    private readonly Socket _outside;
    private readonly int _index;
    private readonly byte[] _record = new byte[RecordBytes];
    private readonly byte[] _answer = new byte[RecordBytes];
    private readonly byte[] _echo = new byte[RecordBytes];
    private long _sent;
    private long _answered;
    private volatile string? _failure;

    /// <summary>Begins to answer at the far end, and to check at the near one.</summary>
    /// <param name="inside">Connected.</param>
    /// <param name="outside">Its far end.</param>
    /// <param name="index">Whose bytes.</param>
    internal CheckedConnection(Socket inside, Socket outside, int index)
    {
        _inside = inside;
        _outside = outside;
        _index = index;
        _ = Echo();
        _ = Check();
    }

    /// <summary>Records that came back whole.</summary>
    internal long AnsweredCount => Interlocked.Read(ref _answered);

    /// <summary>Why it is broken; null while it is not.</summary>
    internal string? Failure => _failure;

    /// <summary>Whether the last record came back.</summary>
    internal bool IsIdle => Interlocked.Read(ref _answered) == _sent;

    /// <summary>Sends the next record, if the one before came back.</summary>
    internal void Turn()
    {
        if (_failure is not null || !IsIdle)
            return;
        Fill(_record, _index, ++_sent);
        try
        {
            if (_inside.Send(_record) != RecordBytes)
                Fail("a record was cut");
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Fail(error.Message);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Fail("closed");
        _inside.Close(0);
        _outside.Close(0);
    }

    private static void Fill(Span<byte> record, int index, long number)
    {
        ulong word = ((ulong)index << 40) ^ (ulong)number;
        for (int at = HeadBytes; at < record.Length; at += sizeof(ulong))
        {
            word = (word + 0x9E37_79B9_7F4A_7C15) * 0xBF58_476D_1CE4_E5B9;
            BinaryPrimitives.WriteUInt64LittleEndian(record[at..], word ^ (word >> 29));
        }

        BinaryPrimitives.WriteInt64LittleEndian(record, number);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], Checksum(record[HeadBytes..]));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return ~crc;
    }

    private async Task Check()
    {
        byte[] expected = new byte[RecordBytes];
        try
        {
            for (long number = 1; await ReadWhole(_inside, _answer); number++)
            {
                Fill(expected, _index, number);
                if (!expected.AsSpan().SequenceEqual(_answer))
                {
                    Fail($"record {number} came back as another");
                    return;
                }

                Interlocked.Exchange(ref _answered, number);
            }

            Fail("the far end closed");
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Fail(error.Message);
        }
    }

    private async Task Echo()
    {
        try
        {
            while (await _outside.ReceiveAsync(_echo.AsMemory(), SocketFlags.None) is > 0 and int count)
            {
                for (int done = 0; done < count;)
                    done += await _outside.SendAsync(_echo.AsMemory(done, count - done), SocketFlags.None);
            }

            Fail("the near end closed");
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Fail($"far end: {error.Message}");
        }
    }

    private static async Task<bool> ReadWhole(Socket socket, byte[] bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            int count = await socket.ReceiveAsync(bytes.AsMemory(done), SocketFlags.None);
            if (count == 0)
                return false;
            done += count;
        }

        return true;
    }

    private void Fail(string reason) => _failure ??= reason;
}
