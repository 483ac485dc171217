using System.Buffers.Binary;
using Natflow.Memory;
using Natflow.Offload.Flower;

namespace Natflow.Offload.Tests.Flower;

/// <summary>A kernel with mtk_eth_soc: takes rules as literally as that driver does, and counts what a test says.</summary>
internal sealed class FakeTc : ITcTransport
{
    private readonly Dictionary<(int Interface, uint Handle, uint Word), byte[]> _rules = [];

    private readonly HashSet<int> _qdiscs = [];

    internal int Count => _rules.Count;

    internal bool HasFlower { get; set; } = true;

    internal bool IsInHardware { get; set; } = true;

    internal FlowerStatistics Statistics { get; set; }

    internal int Qdiscs { get; private set; }

    public int Ask(Span<byte> request, Span<byte> reply, out int replyBytes, out string text)
    {
        replyBytes = 0;
        text = "";
        Assert.Equal((uint)request.Length, BinaryPrimitives.ReadUInt32LittleEndian(request));
        ReadOnlySpan<byte> payload = request[TcNumber.HeaderBytes..];
        var name = (BinaryPrimitives.ReadInt32LittleEndian(payload[4..]), BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]), BinaryPrimitives.ReadUInt32LittleEndian(payload[16..]));
        switch (BinaryPrimitives.ReadUInt16LittleEndian(request[4..]))
        {
            case TcNumber.NewQdisc:
                Qdiscs++;
                return _qdiscs.Add(name.Item1) ? 0 : Errno.Exists;
            case TcNumber.NewFilter:
                return Add(name, payload, out text);
            case TcNumber.DeleteFilter:
                if (name.Item2 == 0) return Flush(name.Item1, name.Item3);
                return _rules.Remove(name) ? 0 : Errno.NoEntry;
            case TcNumber.GetFilter:
                if (!_rules.TryGetValue(name, out byte[]? rule)) return Errno.NoEntry;
                replyBytes = Answer(rule, reply);
                return 0;
            default:
                return Errno.NotSupported;
        }
    }

    public void Dispose()
    {
    }

    internal void Clear() => _rules.Clear();

    private int Add((int, uint, uint) name, ReadOnlySpan<byte> payload, out string text)
    {
        text = HasFlower ? "" : "TC classifier not found";
        if (!HasFlower) return Errno.NoEntry;
        if (FlowerDecoder.TryDecode(payload, out FlowerRule rule, out _) != FlowerStatus.Decoded) return Errno.Invalid;
        if (string.IsNullOrEmpty(rule.InDevice)) return Errno.NotSupported; // META must be there.
        if (rule.DecrementTtl || rule.InnerOutVlan != 0) return Errno.NotSupported; // ADD, and a second tag.
        if (!IsStation(rule.SrcMac) || !IsStation(rule.DstMac)) return Errno.Invalid;
        return _rules.TryAdd(name, payload.ToArray()) ? 0 : Errno.Exists;
    }

    private int Flush(int interfaceIndex, uint word)
    {
        int count = _rules.Count;
        foreach ((int, uint, uint) name in _rules.Keys.Where(name => name.Interface == interfaceIndex && name.Word == word).ToArray())
            _rules.Remove(name);
        return _rules.Count < count ? 0 : Errno.NoEntry;
    }

    private static bool IsStation(ulong mac) => mac != 0 && ((mac >> 40) & 1) == 0;

    // The rule as it was given, with the driver's flag and with counters in each action.
    private int Answer(byte[] rule, Span<byte> reply)
    {
        var options = new List<byte>();
        var reader = new TcReader(Value(rule.AsSpan(TcNumber.FixedBytes), TcNumber.Options));
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.Actions) Append(options, type, WithStatistics(value));
            else if (type == TcNumber.Flags) Append(options, type, BitConverter.GetBytes(TcNumber.SkipSoftware | (IsInHardware ? TcNumber.InHardware : 0)));
            else Append(options, type, value);
        }

        var message = new List<byte>(rule[..TcNumber.FixedBytes]);
        Append(message, TcNumber.Kind, "flower\0"u8);
        Append(message, TcNumber.Options, [.. options]);
        byte[] bytes = [.. message];
        bytes.CopyTo(reply);
        return bytes.Length;
    }

    private byte[] WithStatistics(ReadOnlySpan<byte> actions)
    {
        var counters = new List<byte>();
        byte[] basic = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(basic, Statistics.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(basic.AsSpan(8), (uint)Statistics.Packets);
        Append(counters, TcNumber.StatisticsBasic, basic);
        Append(counters, TcNumber.StatisticsPackets64, BitConverter.GetBytes(Statistics.Packets));
        byte[] time = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(time.AsSpan(8), Statistics.IdleMs / 10);

        var all = new List<byte>();
        var reader = new TcReader(actions);
        while (reader.TryNext(out ushort order, out ReadOnlySpan<byte> action))
        {
            var one = new List<byte>();
            bool isMirred = Value(action, TcNumber.Kind).StartsWith("mirred"u8);
            var parts = new TcReader(action);
            while (parts.TryNext(out ushort type, out ReadOnlySpan<byte> value))
            {
                var part = new List<byte>(value.ToArray());
                if (isMirred && type == TcNumber.Options) Append(part, TcNumber.MirredTime, time);
                Append(one, type, [.. part]);
            }

            Append(one, TcNumber.ActionStatistics, [.. counters]);
            Append(all, order, [.. one]);
        }

        return [.. all];
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> attributes, ushort wanted)
    {
        var reader = new TcReader(attributes);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == wanted) return value;
        }

        return default;
    }

    private static void Append(List<byte> bytes, ushort type, ReadOnlySpan<byte> value)
    {
        bytes.AddRange(BitConverter.GetBytes((ushort)(4 + value.Length)));
        bytes.AddRange(BitConverter.GetBytes(type));
        bytes.AddRange(value.ToArray());
        while (bytes.Count % 4 != 0)
            bytes.Add(0);
    }
}
