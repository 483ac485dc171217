using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Natflow.Inspect.Quic;

/// <summary>AES-128 of one key, by the processor's own instructions: a key costs no object and no native call. Only where <see cref="IsSupported"/>.</summary>
internal struct Aes128
{
    private const int RoundCount = 10;

    private RoundKeys _keys;

    /// <summary>The processor has the instructions.</summary>
    internal static bool IsSupported => AesNi.IsSupported;

    /// <summary>Expands a key (FIPS 197 section 5.2).</summary>
    /// <param name="key">16 bytes.</param>
    internal void SetKey(ReadOnlySpan<byte> key)
    {
        Vector128<byte> round = Vector128.Create(key);
        _keys[0] = round;
        _keys[1] = round = Next(round, AesNi.KeygenAssist(round, 0x01));
        _keys[2] = round = Next(round, AesNi.KeygenAssist(round, 0x02));
        _keys[3] = round = Next(round, AesNi.KeygenAssist(round, 0x04));
        _keys[4] = round = Next(round, AesNi.KeygenAssist(round, 0x08));
        _keys[5] = round = Next(round, AesNi.KeygenAssist(round, 0x10));
        _keys[6] = round = Next(round, AesNi.KeygenAssist(round, 0x20));
        _keys[7] = round = Next(round, AesNi.KeygenAssist(round, 0x40));
        _keys[8] = round = Next(round, AesNi.KeygenAssist(round, 0x80));
        _keys[9] = round = Next(round, AesNi.KeygenAssist(round, 0x1B));
        _keys[10] = Next(round, AesNi.KeygenAssist(round, 0x36));
    }

    /// <summary>Encrypts a block.</summary>
    internal readonly Vector128<byte> Encrypt(Vector128<byte> block)
    {
        block ^= _keys[0];
        for (int i = 1; i < RoundCount; i++)
            block = AesNi.Encrypt(block, _keys[i]);
        return AesNi.EncryptLast(block, _keys[RoundCount]);
    }

    /// <summary>Encrypts four blocks, whose rounds overlap in the processor.</summary>
    internal readonly void Encrypt(ref Vector128<byte> a, ref Vector128<byte> b, ref Vector128<byte> c, ref Vector128<byte> d)
    {
        Vector128<byte> key = _keys[0];
        Vector128<byte> w = a ^ key, x = b ^ key, y = c ^ key, z = d ^ key;
        for (int i = 1; i < RoundCount; i++)
        {
            key = _keys[i];
            w = AesNi.Encrypt(w, key);
            x = AesNi.Encrypt(x, key);
            y = AesNi.Encrypt(y, key);
            z = AesNi.Encrypt(z, key);
        }

        key = _keys[RoundCount];
        a = AesNi.EncryptLast(w, key);
        b = AesNi.EncryptLast(x, key);
        c = AesNi.EncryptLast(y, key);
        d = AesNi.EncryptLast(z, key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A few shifts and xors, ten times a key.
    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        Vector128<byte> word = Vector128.Shuffle(assist.AsUInt32(), Vector128.Create(3u, 3u, 3u, 3u)).AsByte();
        key ^= ShiftUp(key);
        key ^= ShiftUp(key);
        key ^= ShiftUp(key);
        return key ^ word;
    }

    private static Vector128<byte> ShiftUp(Vector128<byte> value) => System.Runtime.Intrinsics.X86.Sse2.ShiftLeftLogical128BitLane(value, 4);

    [InlineArray(RoundCount + 1)]
    private struct RoundKeys
    {
        private Vector128<byte> _first;
    }
}
