using System.Security.Cryptography;
using Natflow.Inspect.Quic;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Quic;

public sealed class InitialTests
{
    // RFC 9001 appendix A.1 and RFC 9369 appendix A.1.
    [Theory]
    [InlineData(1u, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2")]
    [InlineData(0x6B3343CFu, "14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b", "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9")]
    public void Derive_ConnectionIdOfTheRfc_GivesItsKeys(uint number, string secretHex, string keyHex, string ivHex, string headerKeyHex)
    {
        Assert.True(QuicVersion.TryGet(number, out QuicVersion version));
        byte[] secret = new byte[32], key = new byte[16], iv = new byte[12], headerKey = new byte[16];
        using var secrets = new InitialSecrets();
        secrets.DeriveClient(version, Convert.FromHexString("8394c8f03e515708"), secret);
        secrets.ExpandKey(version, secret, key);
        secrets.ExpandIv(version, secret, iv);
        secrets.ExpandHeaderKey(version, secret, headerKey);
        Assert.Equal([secretHex, keyHex, ivHex, headerKeyHex], new[] { secret, key, iv, headerKey }.Select(Convert.ToHexStringLower));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryDecrypt_AnyLength_AgreesWithThePlatform(int seed)
    {
        var prng = new Prng(seed);
        for (int length = 0; length < 200; length++)
        {
            byte[] key = new byte[16], nonce = new byte[12], header = new byte[prng.Next(60)], plain = new byte[length], sealedBytes = new byte[length + 16];
            foreach (byte[] bytes in new[] { key, nonce, header, plain })
                prng.NextBytes(bytes);
            using (var gcm = new AesGcm(key, 16))
                gcm.Encrypt(nonce, plain, sealedBytes.AsSpan(0, length), sealedBytes.AsSpan(length), header);

            byte[] opened = new byte[length];
            Assert.True(InitialCipher.TryDecrypt(key, nonce, header, sealedBytes, opened));
            Assert.Equal(plain, opened);
            sealedBytes[prng.Next(sealedBytes.Length)] ^= 1;
            Assert.False(InitialCipher.TryDecrypt(key, nonce, header, sealedBytes, opened));
        }
    }

    [Fact]
    public void Mask_AnySample_AgreesWithThePlatform()
    {
        var prng = new Prng(5);
        byte[] key = new byte[16], sample = new byte[16], mask = new byte[16], expected = new byte[16];
        for (int round = 0; round < 100; round++)
        {
            prng.NextBytes(key);
            prng.NextBytes(sample);
            using var aes = Aes.Create();
            aes.SetKey(key);
            aes.EncryptEcb(sample, expected, PaddingMode.None);
            InitialCipher.Mask(key, sample, mask);
            Assert.Equal(expected, mask);
        }
    }

    [Theory]
    [InlineData("25", 37UL)]
    [InlineData("7bbd", 15_293UL)]
    [InlineData("9d7f3e7d", 494_878_333UL)]
    [InlineData("c2197c5eff14e88c", 151_288_809_941_952_652UL)]
    public void TryRead_ExamplesOfTheRfc_AreRead(string hex, ulong value)
    {
        int offset = 0;
        byte[] bytes = Convert.FromHexString(hex);
        Assert.True(QuicVarint.TryRead(bytes, ref offset, out ulong read));
        Assert.Equal((value, bytes.Length), (read, offset));
        offset = 0;
        Assert.False(QuicVarint.TryRead(bytes.AsSpan(0, bytes.Length - 1), ref offset, out _));
    }
}
