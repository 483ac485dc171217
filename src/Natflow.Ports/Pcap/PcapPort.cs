using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.Pcap;

/// <summary>
/// Replays captures, one after another, as a port with one queue, and writes what is transmitted to another capture. Whole frames are
/// delivered as Ethernet, with a <see cref="CaptureNote"/> each and the flag <see cref="FrameFlags.Captured"/>.
/// </summary>
/// <remarks>
/// A burst covers at most <see cref="BurstNsMax"/> of captured time, so that timers run between bursts as they would have. The clock is
/// advanced to the newest frame of each burst before the burst is given out. A file that cannot be opened and damage inside a file are
/// noted, and the next file follows. One thread; counters may be read from any and may lag.
/// </remarks>
public sealed class PcapPort : IPacketPort, IPortQueue
{
    /// <summary>Most captured time in one burst, in nanoseconds.</summary>
    public const long BurstNsMax = 10_000_000;

    private const int EthernetBytes = 14;

    // Most packets that one burst drops before it comes back to its caller without a frame.
    private const int DropsPerBurstMax = 4096;

    private readonly IReadOnlyList<string> _files;
    private readonly byte _portIndex;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly CaptureClock _clock;
    private readonly PcapWriter? _output;
    private readonly int _frameBytesMax;
    private readonly List<CaptureError> _errors = [];
    private readonly List<CaptureDamage> _damage = [];
    private readonly UnknownLinkTypeLog _unknownLinkTypes = new();
    private CaptureReader? _reader;
    private int _nextFile;
    private long _closedFilesBytes;

    // The frame after the last burst: already read, too late for that burst.
    private FrameDescriptor _pending;
    private long _pendingNs;
    private bool _hasPending;

    /// <summary>Makes the port; files are opened as their turn comes.</summary>
    /// <param name="files">Paths of the captures, in order.</param>
    /// <param name="portIndex">Number of the port in the gateway.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pool">The worker's free chunks of that memory.</param>
    /// <param name="clock">Moved on by this port alone.</param>
    /// <param name="output">Receives transmitted frames; null drops them. The caller disposes of it.</param>
    public PcapPort(
        IReadOnlyList<string> files, byte portIndex, Umem umem, ChunkPool pool, CaptureClock clock, PcapWriter? output = null)
    {
        _files = files;
        _portIndex = portIndex;
        _umem = umem;
        _pool = pool;
        _clock = clock;
        _output = output;
        _frameBytesMax = Math.Min(umem.FrameBytesMax, ushort.MaxValue - EthernetBytes);
        TotalBytes = files.Sum(SizeBytes);
    }

    /// <inheritdoc />
    public string Name => _files.Count == 1 ? _files[0] : $"{_files.Count} captures";

    /// <summary>1.</summary>
    public int QueueCount => 1;

    /// <inheritdoc />
    public bool IsExhausted => !_hasPending && _reader is null && _nextFile == _files.Count;

    /// <summary>Files that could not be opened.</summary>
    public IReadOnlyList<CaptureError> Errors => _errors;

    /// <summary>Places where a file stopped making sense; at most one a file.</summary>
    public IReadOnlyList<CaptureDamage> Damage => _damage;

    /// <summary>Packets of link types that cannot be turned into Ethernet, by file and link type.</summary>
    public IReadOnlyList<UnknownLinkType> UnknownLinkTypes => _unknownLinkTypes.Entries;

    /// <summary>
    /// Packets that this port had to drop: <see cref="DropReason.UnknownLinkType"/> and <see cref="DropReason.Oversize"/>. They count
    /// as packets of the capture, but never reach the gateway.
    /// </summary>
    public ReasonCounters Drops { get; } = new();

    /// <summary>Packets read, dropped ones included.</summary>
    public ulong PacketCount { get; private set; }

    /// <summary>Captured bytes of those packets, with the captures' own link headers.</summary>
    public ulong ByteCount { get; private set; }

    /// <summary>Size of all files together as they lie on disk; pipes count as 0.</summary>
    public long TotalBytes { get; }

    /// <summary>How much of <see cref="TotalBytes"/> has been read: for showing progress.</summary>
    public long PositionBytes => _closedFilesBytes + (_reader?.PositionBytes ?? 0);

    /// <inheritdoc />
    public IPortQueue Queue(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(index, 0);
        return this;
    }

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        int room = Math.Min(frames.Length, FrameDescriptor.BurstMax);
        long firstNs = 0;
        int count = 0;
        int dropsLeft = DropsPerBurstMax;
        for (; count < room && (_hasPending || TryReadFrame(ref dropsLeft)); count++)
        {
            // Timestamps may go back. Captured time does not: such a frame comes when the newest before it came.
            long arrivalNs = Math.Max(_pendingNs, _clock.NowNs);
            if (count == 0)
                firstNs = arrivalNs;
            else if (arrivalNs - firstNs > BurstNsMax)
                break;

            _clock.AdvanceTo(arrivalNs);
            frames[count] = _pending;
            _hasPending = false;
        }

        return count;
    }

    /// <summary>Writes frames to the output and frees their chunks; takes all.</summary>
    /// <param name="frames">Frames without <see cref="FrameFlags.Captured"/> have no note: they are written with the clock's time.</param>
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            if (_output is not null)
                WriteFrame(frame, _output);
            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }

        return frames.Length;
    }

    /// <summary>Closes the open file and gives back the chunk of a frame that was not delivered.</summary>
    public void Dispose()
    {
        if (_hasPending)
            _pool.Return(_umem.ChunkOf(_pending.FrameOffset));
        _hasPending = false;
        _reader?.Dispose();
        _reader = null;
        _nextFile = _files.Count;
        Drops.Dispose();
    }

    private void WriteFrame(in FrameDescriptor frame, PcapWriter output)
    {
        CaptureNote note = (frame.Flags & FrameFlags.Captured) != FrameFlags.None
            ? CaptureNote.Read(_umem, frame.FrameOffset)
            : new CaptureNote(_clock.NowNs, 0);
        ReadOnlySpan<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        output.Write(note.TimestampNs, bytes, note.OriginalBytes(frame.LengthBytes));
    }

    // Reads on to the next frame that can be delivered and makes it pending. False at the end of all files, without a free chunk, and
    // after too many packets that are dropped.
    private bool TryReadFrame(ref int dropsLeft)
    {
        if (!_pool.TryRent(out uint chunkOffset))
            return false;

        while (dropsLeft > 0 && TryReadPacket(chunkOffset, out CapturePacket packet))
        {
            PacketCount++;
            ByteCount += (uint)packet.CapturedBytes;
            if (TryAdapt(chunkOffset, packet))
                return true;
            dropsLeft--;
        }

        _pool.Return(chunkOffset);
        return false;
    }

    private bool TryReadPacket(uint chunkOffset, out CapturePacket packet)
    {
        Span<byte> room = _umem.Frame(chunkOffset + Umem.HeadroomBytes, _frameBytesMax);
        while (_reader is not null || TryOpenNext())
        {
            if (_reader!.TryRead(room, out packet))
                return true;
            CloseReader();
        }

        packet = default;
        return false;
    }

    private bool TryAdapt(uint chunkOffset, in CapturePacket packet)
    {
        if (packet.IsOversize)
        {
            Drops.Add(DropReason.Oversize);
            return false;
        }

        if (!LinkTypeAdapter.IsKnown(packet.LinkType))
        {
            Drops.Add(DropReason.UnknownLinkType);
            _unknownLinkTypes.Add(_files[_nextFile - 1], packet.LinkType);
            return false;
        }

        uint frameOffset = chunkOffset + Umem.HeadroomBytes;
        int lengthBytes = packet.CapturedBytes;
        LinkTypeAdapter.ToEthernet(packet.LinkType, _umem, ref frameOffset, ref lengthBytes);
        uint cutBytes = packet.OriginalBytes > (uint)packet.CapturedBytes ? packet.OriginalBytes - (uint)packet.CapturedBytes : 0;
        new CaptureNote(packet.TimestampNs, cutBytes).Write(_umem, chunkOffset);
        _pending = new FrameDescriptor
        {
            FrameOffset = frameOffset,
            LengthBytes = (ushort)lengthBytes,
            PortIndex = _portIndex,
            Flags = FrameFlags.Captured,
        };
        _pendingNs = packet.TimestampNs;
        _hasPending = true;
        return true;
    }

    private bool TryOpenNext()
    {
        while (_nextFile < _files.Count)
        {
            if (CaptureReader.TryOpen(_files[_nextFile++], out _reader, out CaptureError? error))
                return true;
            _errors.Add(error);
        }

        return false;
    }

    private static long SizeBytes(string file) => file.Length > 0 && new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    private void CloseReader()
    {
        if (_reader!.Damage is { } damage)
            _damage.Add(damage);
        _unknownLinkTypes.EndFile();
        _closedFilesBytes += _reader.TotalBytes;
        _reader.Dispose();
        _reader = null;
    }
}
