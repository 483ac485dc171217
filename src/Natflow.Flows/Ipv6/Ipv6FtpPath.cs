using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Alg.Ftp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Packets;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// Reads what native IPv6 subscribers announce on FTP control connections (EPRT, RFC 2428) and lets the server's data connection through the filter. Nothing
/// is rewritten, for the subscriber's address is public. A passive client opens its data connections itself.
/// </summary>
/// <remarks>
/// Owner thread only; no allocation. Lines are read only where one is known to begin, as counted from the SYN on. Control connections of translated
/// subscribers (NPTv6, NAT66) would need another text: they pass as they are, counted by <see cref="Ipv6Counters.HelperUntranslated"/>.
/// </remarks>
internal sealed class Ipv6FtpPath : IDisposable
{
    private const int PortMin = 1024; // RFC 2577 section 3: a privileged port is an attack on a service.
    private const int LinesMax = 64;
    private const int SweepSteps = 64;
    private const int TcpBytes = 20;

    private readonly ShardState _shard;
    private readonly AlgSettings _settings;
    private readonly AlgFlowTable _flows;
    private readonly Ipv6ExpectationTable _expectations;
    private readonly ushort _portBe;
    private bool _isOn;

    /// <summary>Reserves the memory.</summary>
    internal Ipv6FtpPath(ShardState shard)
    {
        _shard = shard;
        _settings = shard.Settings.Alg;
        _isOn = IsOn(shard.Settings);
        _portBe = BinaryPrimitives.ReverseEndianness(_settings.FtpPort);
        _flows = new AlgFlowTable(_settings.FlowCapacity);
        _expectations = new Ipv6ExpectationTable(_settings.ExpectationCapacity, shard.Settings.UserCapacity, shard.Hash);
    }

    /// <summary>Takes other switches: without a filter there is nothing to open. A flow that is read goes on being read.</summary>
    internal void Apply(NatSettings rules) => _isOn = IsOn(rules);

    internal long LengthBytes => _flows.LengthBytes + _expectations.LengthBytes;

    /// <summary>Connections that are waited for.</summary>
    internal int ExpectationCount => _expectations.Count;

    /// <summary>Whether a connection from outside was announced.</summary>
    internal bool IsExpected(in Ipv6FlowKey key, long nowMs) => _expectations.Count != 0 && key.Protocol == IpProtocol.Tcp
        && _expectations.Find(key.Inside, key.Remote, key.InsidePortBe) is var index && index != FlowTable.None && _expectations[index].UntilMs > nowMs;

    /// <summary>Looks at a flow that has just been opened: marks it, or uses up what announced it.</summary>
    internal void OnOpened(uint flowIndex)
    {
        ref Ipv6FlowRecord flow = ref _shard.Ipv6.Flows.Flow(flowIndex);
        if (!_isOn || flow.Protocol != IpProtocol.Tcp)
            return;
        if ((flow.Flags & Ipv6FlowFlags.StartedOutside) != Ipv6FlowFlags.None)
        {
            Meet(in flow);
            return;
        }

        if (flow.RemotePortBe != _portBe)
            return;
        if ((flow.Flags & Ipv6FlowFlags.Translated) != Ipv6FlowFlags.None)
            _shard.Ipv6.Counters.HelperUntranslated++;
        else if (_flows.TryAdd(flowIndex, AlgKind.Ftp))
            flow.Flags |= Ipv6FlowFlags.Helper;
        else
            _shard.Alg.Counters.LimitPassed++;
    }

    /// <summary>A flow with the helper flag ends. What it announced stays open for its time, as a transfer may outlive its control connection.</summary>
    internal void OnEnded(uint flowIndex) => _flows.Remove(flowIndex);

    /// <summary>Reads one whole segment of a flow with the helper flag.</summary>
    /// <param name="flowIndex">The flow.</param>
    /// <param name="frame">Its descriptor.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal void OnSegment(uint flowIndex, ref readonly FrameDescriptor frame, ref readonly Ipv6Packet packet, long nowMs)
    {
        uint index = _flows.Find(flowIndex);
        if (index == FlowTable.None || frame.Key.Side != Side.Lan)
            return;
        ref SequenceEdits stream = ref _flows[index].Out;
        ReadOnlySpan<byte> segment = packet.Bytes[packet.Headers.L4Offset..Math.Min(packet.Bytes.Length, packet.LengthBytes)];
        if (segment.Length < TcpBytes || packet.Headers.HasMoreFragments)
        {
            _shard.Alg.Counters.Split++;
            return;
        }

        uint seq = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]);
        int headerBytes = (segment[12] >> 4) * 4;
        if ((frame.TcpFlags & TcpFlags.Syn) != 0)
            stream.Open(seq + 1);
        else if (stream.IsOpen && headerBytes >= TcpBytes && headerBytes < segment.Length)
            ReadLines(ref stream, segment[headerBytes..], seq, flowIndex, nowMs);
    }

    /// <summary>Gives up what did not come in time. Bounded work; each is exact when it is asked for.</summary>
    internal void Advance(long nowMs) => _expectations.Sweep(nowMs, SweepSteps);

    private static bool IsOn(NatSettings rules) => rules.Alg.Ftp && rules.Ipv6.Filter;

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        _expectations.Dispose();
    }

    private void ReadLines(ref SequenceEdits stream, ReadOnlySpan<byte> payload, uint seq, uint flowIndex, long nowMs)
    {
        int at = (int)(stream.LineSeq - seq);
        if (at < 0)
        {
            // A command was cut, or a segment was lost: the next line begins after the next line end.
            _shard.Alg.Counters.Split++;
            if (payload[^1] == (byte)'\n')
                stream.LineSeq = seq + (uint)payload.Length;
            return;
        }

        for (int lines = 0; lines < LinesMax && at < payload.Length; lines++)
        {
            int end = payload[at..].IndexOf((byte)'\n');
            if (end < 0)
            {
                _shard.Alg.Counters.Split++;
                return;
            }

            ReadLine(payload.Slice(at, end), flowIndex, nowMs);
            at += end + 1;
            stream.LineSeq = seq + (uint)at;
        }
    }

    private void ReadLine(ReadOnlySpan<byte> line, uint flowIndex, long nowMs)
    {
        if (!Ipv6FtpLine.TryParse(line, out Ipv6Address address, out ushort port))
            return;
        ref Ipv6FlowRecord flow = ref _shard.Ipv6.Flows.Flow(flowIndex);
        ref AlgCounters counters = ref _shard.Alg.Counters;
        if (address != flow.Inside || port < PortMin)
        {
            counters.Refused++;
            return;
        }

        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        long untilMs = nowMs + (long)_settings.ExpectationLifetime.TotalMilliseconds;
        uint known = _expectations.Find(flow.Inside, flow.Remote, portBe);
        if (known != FlowTable.None)
        {
            _expectations[known].UntilMs = untilMs;
            return;
        }

        var expectation = new Ipv6Expectation
        {
            Inside = flow.Inside,
            Remote = flow.Remote,
            InsidePortBe = portBe,
            UserIndex = flow.UserIndex,
            UntilMs = untilMs,
        };
        if (_expectations.CountOf(flow.UserIndex) < _settings.ExpectationsPerUserMax && _expectations.TryAdd(in expectation))
            counters.Expected++;
        else
            counters.LimitPassed++;
    }

    private void Meet(ref readonly Ipv6FlowRecord flow)
    {
        uint index = _expectations.Count == 0 ? FlowTable.None : _expectations.Find(flow.Inside, flow.Remote, flow.InsidePortBe);
        if (index == FlowTable.None)
            return;
        _shard.Alg.Counters.Met++;
        _expectations.Remove(index);
    }
}
