using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>The public side as every RX actor needs it: which addresses are ours, and which shard owns a port or a subscriber.</summary>
/// <remarks>Any thread reads. Addresses are only added, by one thread (<see cref="TryAdd"/>): an index keeps its meaning for good.</remarks>
public sealed class PublicPool : IDisposable
{
    /// <summary>Most public addresses of a gateway.</summary>
    public const int AddressesMax = 16384;

    private readonly List<WordMap> _outdated = [];
    private volatile WordMap _addresses;
    private volatile ForwardTable _forwards;
    private readonly uint[] _addressesBe;
    private int _count;
    private readonly FlowHash _hash;
    private readonly int _blockShift;
    private readonly uint _shardCount;
    private readonly ushort[] _shardOfBlock;
    private volatile bool _hasOwnedPorts;
    private readonly StaticAddress[] _statics;
    private readonly int[] _staticOfAddress;
    private readonly WordMap _staticInside;

    /// <summary>Builds the tables.</summary>
    /// <param name="settings">Valid settings.</param>
    public PublicPool(NatSettings settings)
    {
        _count = settings.PublicAddresses.Count;
        _addressesBe = new uint[_count + settings.PublicAddressSpares];
        for (int i = 0; i < _count; i++)
            _addressesBe[i] = BinaryPrimitives.ReverseEndianness(settings.PublicAddresses[i]);
        _hash = new FlowHash(settings.Seed);
        _blockShift = BitOperations.Log2((uint)settings.PortBlockSize);
        _shardCount = (uint)settings.ShardCount;
        _shardOfBlock = [.. Enumerable.Range(0, (ushort.MaxValue >> _blockShift) + 1).Select(block => (ushort)(block % settings.ShardCount))];
        _addresses = MakeMap();
        _forwards = new ForwardTable(settings.PortForwards);
        _statics = [.. settings.StaticAddresses];
        _staticOfAddress = new int[Capacity];
        Array.Fill(_staticOfAddress, -1);
        for (int i = 0; i < _statics.Length; i++)
            _staticOfAddress[IndexOf(BinaryPrimitives.ReverseEndianness(_statics[i].ExternalAddress))] = i;
        _staticInside = new WordMap([.. _statics.Select((item, i) => KeyValuePair.Create(InsideKey(BinaryPrimitives.ReverseEndianness(item.InsideAddress), item.Zone), i))], _hash);
        Plan = settings.DeterministicBlocksPerUser > 0 ? new DeterministicPlan(settings) : null;
        _hasOwnedPorts = HasOwnedPorts();
    }

    /// <summary>Number of addresses, withdrawn ones included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Most addresses: those of the configuration and the spares.</summary>
    public int Capacity => _addressesBe.Length;

    /// <summary>The static mappings.</summary>
    public IReadOnlyList<PortForward> Forwards => _forwards.Items;

    /// <summary>The deterministic port ranges, or null.</summary>
    public DeterministicPlan? Plan { get; }

    /// <summary>Whether an address, by index, is one subscriber's alone.</summary>
    public bool IsStatic(int addressIndex) => _staticOfAddress[addressIndex] >= 0;

    /// <summary>The one-to-one translation of an address, by index; only where <see cref="IsStatic"/>.</summary>
    public StaticAddress StaticOf(int addressIndex) => _statics[_staticOfAddress[addressIndex]];

    /// <summary>Index of the public address that a subscriber has for itself, or -1.</summary>
    /// <param name="insideBe">LAN address, network byte order.</param>
    /// <param name="zone">Its zone.</param>
    public int StaticIndexOf(uint insideBe, ushort zone) => _statics.Length != 0 && _staticInside.TryFind(InsideKey(insideBe, zone), out int index)
        ? IndexOf(BinaryPrimitives.ReverseEndianness(_statics[index].ExternalAddress)) : -1;

    /// <summary>An address by index, network byte order.</summary>
    public uint AddressBe(int index) => _addressesBe[index];

    /// <summary>Index of a public address (network byte order), or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Asked for each packet from outside; one probe as a rule.
    public int IndexOf(uint addressBe) => _addresses.TryFind(addressBe, out int index) ? index : -1;

    /// <summary>Whether an external endpoint is that of a static mapping. Network byte order.</summary>
    public bool IsForward(uint addressBe, ushort portBe, byte protocol) => _forwards.Find(addressBe, portBe, protocol) is not null;

    /// <summary>Replaces the static mappings while packets flow: their packets go to the shards of their subscribers from now on.</summary>
    /// <param name="forwards">Valid ones.</param>
    /// <remarks>One control thread. Readers see the old ones or the new ones.</remarks>
    public void SetForwards(IReadOnlyList<PortForward> forwards)
    {
        _forwards = new ForwardTable(forwards);
        _hasOwnedPorts = HasOwnedPorts();
    }

    /// <summary>Adds an address while packets flow: an interface got another one. Its index goes up to every shard by itself.</summary>
    /// <param name="address">Host byte order. One that was withdrawn is still there: restore it instead.</param>
    /// <returns>False where it is there already, or no spare is left.</returns>
    /// <remarks>One control thread. Readers see the address wholly or not at all; a map that they may still read is kept until disposal.</remarks>
    public bool TryAdd(uint address)
    {
        uint addressBe = BinaryPrimitives.ReverseEndianness(address);
        if (address == 0 || IndexOf(addressBe) >= 0 || _count == Capacity)
            return false;
        _addressesBe[_count] = addressBe;
        Volatile.Write(ref _count, _count + 1);
        _outdated.Add(_addresses);
        _addresses = MakeMap();
        return true;
    }

    /// <summary>The shard that owns an external endpoint: a forward's subscriber's, else by block; blocks are dealt round, so that each shard has its share of every address.</summary>
    /// <param name="addressBe">Public address, network byte order.</param>
    /// <param name="portBe">External port or ICMP identifier, network byte order.</param>
    /// <param name="protocol">IP protocol.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A load for each packet from outside, as a rule.
    public int ShardOfExternal(uint addressBe, ushort portBe, byte protocol) =>
        _hasOwnedPorts ? ShardOfOwnedPort(addressBe, portBe, protocol) : ShardOfBlock(portBe);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load from a few cache lines.
    private int ShardOfBlock(ushort portBe) => _shardOfBlock[BinaryPrimitives.ReverseEndianness(portBe) >> _blockShift];

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare.
    private int ShardOfOwnedPort(uint addressBe, ushort portBe, byte protocol)
    {
        if (_forwards.Find(addressBe, portBe, protocol) is { } forward)
            return ShardOfUser(BinaryPrimitives.ReverseEndianness(forward.InsideAddress), forward.Zone);
        if ((_statics.Length != 0 || Plan != null) && IndexOf(addressBe) is >= 0 and int addressIndex)
        {
            if (IsStatic(addressIndex))
                return ShardOfUser(BinaryPrimitives.ReverseEndianness(StaticOf(addressIndex).InsideAddress), StaticOf(addressIndex).Zone);
            if (Plan != null && Plan.TryFindUser(addressIndex, BinaryPrimitives.ReverseEndianness(portBe), out uint inside))
                return ShardOfUser(BinaryPrimitives.ReverseEndianness(inside), zone: 0);
        }

        return ShardOfBlock(portBe);
    }

    /// <summary>The shard that owns a subscriber.</summary>
    /// <param name="addressBe">LAN address, network byte order.</param>
    /// <param name="zone">The LAN port's zone.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A hash and a reduction.
    public int ShardOfUser(uint addressBe, ushort zone) =>
        _shardCount == 1 ? 0 : (int)(((ulong)_hash.Of(addressBe | ((ulong)zone << 32)) * _shardCount) >> 32);

    /// <inheritdoc />
    public void Dispose()
    {
        _addresses.Dispose();
        foreach (WordMap map in _outdated)
            map.Dispose();
        _staticInside.Dispose();
    }

    private bool HasOwnedPorts() => _forwards.Items.Count != 0 || _statics.Length != 0 || Plan != null;

    private WordMap MakeMap() =>
        new([.. _addressesBe.Take(_count).Select((address, index) => KeyValuePair.Create((ulong)address, index))], _hash);

    // The address is never 0, so neither is the word.
    private static ulong InsideKey(uint insideBe, ushort zone) => insideBe | ((ulong)zone << 32);
}
