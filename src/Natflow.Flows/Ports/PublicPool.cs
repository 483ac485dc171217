using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>The public addresses as a small table that is read on every packet from outside: address → index, and which shard owns a port.</summary>
/// <remarks>Immutable after construction; any thread reads.</remarks>
public sealed class PublicPool : IDisposable
{
    /// <summary>Most public addresses of a gateway.</summary>
    public const int AddressesMax = 16384;

    private readonly NativeArray<ulong> _slots;
    private readonly uint[] _addressesBe;
    private readonly uint _mask;
    private readonly FlowHash _hash;
    private readonly int _blockShift;
    private readonly uint _shardCount;

    /// <summary>Builds the table.</summary>
    /// <param name="settings">Valid settings.</param>
    public PublicPool(NatSettings settings)
    {
        _addressesBe = [.. settings.PublicAddresses.Select(BinaryPrimitives.ReverseEndianness)];
        _hash = new FlowHash(settings.Seed);
        _slots = new NativeArray<ulong>((int)BitOperations.RoundUpToPowerOf2((uint)_addressesBe.Length * 4));
        _mask = (uint)_slots.Length - 1;
        _blockShift = BitOperations.Log2((uint)settings.PortBlockSize);
        _shardCount = (uint)settings.ShardCount;
        for (int i = 0; i < _addressesBe.Length; i++)
            Insert(_addressesBe[i], i);
    }

    /// <summary>Number of addresses.</summary>
    public int Count => _addressesBe.Length;

    /// <summary>An address by index, network byte order.</summary>
    public uint AddressBe(int index) => _addressesBe[index];

    /// <summary>Index of a public address (network byte order), or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Asked for each packet from outside; one probe as a rule.
    public int IndexOf(uint addressBe)
    {
        uint position = _hash.Of(addressBe) & _mask;
        for (int probe = 0; probe < _slots.Length; probe++)
        {
            ulong slot = _slots[position];
            if (slot == 0)
                return -1;
            if ((uint)slot == addressBe)
                return (int)(slot >> 32) - 1;
            position = (position + 1) & _mask;
        }

        return -1;
    }

    /// <summary>The shard that owns an external port: blocks are dealt round, so that each shard has its share of every address.</summary>
    /// <param name="portBe">External port or ICMP identifier, network byte order.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Arithmetic.
    public int ShardOfPort(ushort portBe) =>
        (int)((uint)(BinaryPrimitives.ReverseEndianness(portBe) >> _blockShift) % _shardCount);

    /// <summary>The shard that owns a subscriber.</summary>
    /// <param name="addressBe">LAN address, network byte order.</param>
    /// <param name="zone">The LAN port's zone.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A hash and a reduction.
    public int ShardOfUser(uint addressBe, ushort zone) =>
        _shardCount == 1 ? 0 : (int)(((ulong)_hash.Of(addressBe | ((ulong)zone << 32)) * _shardCount) >> 32);

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private void Insert(uint addressBe, int index)
    {
        uint position = _hash.Of(addressBe) & _mask;
        while (_slots[position] != 0)
            position = (position + 1) & _mask;
        _slots[position] = addressBe | ((ulong)(index + 1) << 32);
    }
}
