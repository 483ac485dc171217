namespace Natflow.Inspect.Quic;

/// <summary>What an Initial packet's protection depends on: the salt, and whether labels and packet types are those of version 2.</summary>
/// <param name="SaltIndex">Which salt.</param>
/// <param name="IsVersion2">Labels and packet types of RFC 9369.</param>
public readonly record struct QuicVersion(byte SaltIndex, bool IsVersion2)
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltBytes = 20;

    private const uint Version1 = 0x0000_0001;
    private const uint Version2 = 0x6B33_43CF;
    private const uint Version2Draft = 0x709A_50C4;
    private const uint Draft = 0xFF00_0000;
    private const uint Mvfst22 = 0xFACE_B001;
    private const uint Mvfst27 = 0xFACE_B002;
    private const uint MvfstExperiment = 0xFACE_B00E;
    private const uint Google050 = 0x5430_3530; // "T050": Google's transport with a TLS handshake.
    private const uint Google051 = 0x5430_3531;

    // Versions 0x?a?a?a?a ask for a negotiation (RFC 9000 section 15). What they are protected by is the sender's choice: mostly that of its own first version.
    private const uint GreaseMask = 0x0F0F_0F0F;
    private const uint Grease = 0x0A0A_0A0A;

    /// <summary>Salts in the order of their index.</summary>
    private static ReadOnlySpan<byte> Salts =>
    [
        0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a, // Draft 22.
        0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02, // Drafts 23 to 28.
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99, // Drafts 29 to 32.
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a, // RFC 9001 section 5.2.
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9, // RFC 9369 section 3.3.1.
        0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3, // Version 2, drafts to 04.
        0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10, // T050.
        0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d, // T051.
    ];

    /// <summary>The salt of the version.</summary>
    public ReadOnlySpan<byte> Salt => Salts.Slice(SaltIndex * SaltBytes, SaltBytes);

    /// <summary>Looks a version up.</summary>
    /// <param name="number">The version field, host order.</param>
    /// <param name="version">Its protection.</param>
    /// <returns>False for a version whose Initial packets cannot be read.</returns>
    public static bool TryGet(uint number, out QuicVersion version)
    {
        version = number switch
        {
            Version1 => new QuicVersion(3, false),
            Version2 => new QuicVersion(4, true),
            Version2Draft => new QuicVersion(5, true),
            Mvfst22 or (Draft | 22) => new QuicVersion(0, false),
            Mvfst27 or MvfstExperiment => new QuicVersion(1, false),
            >= (Draft | 23) and <= (Draft | 28) => new QuicVersion(1, false),
            >= (Draft | 29) and <= (Draft | 32) => new QuicVersion(2, false),
            >= (Draft | 33) and <= (Draft | 34) => new QuicVersion(3, false),
            Google050 => new QuicVersion(6, false),
            Google051 => new QuicVersion(7, false),
            _ when (number & GreaseMask) == Grease => new QuicVersion(2, false),
            _ => new QuicVersion(byte.MaxValue, false),
        };
        return version.SaltIndex != byte.MaxValue;
    }
}
