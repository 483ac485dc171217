using Natflow.Fuzz.Targets;

namespace Natflow.Fuzz;

/// <summary>All targets.</summary>
public static class FuzzTargets
{
    private static readonly Func<FuzzTarget>[] Makers =
    [
        static () => new HttpTarget(), static () => new TlsTarget(), static () => new DtlsTarget(), static () => new QuicTarget(), static () => new QuicFramesTarget(),
        static () => new DnsTarget(), static () => new StreamTarget(), static () => new FrameTarget(), static () => new PacketTarget(), static () => new ShardTarget(),
        static () => new CaptureTarget(), static () => new HoconTarget(), static () => new PcpTarget(), static () => new FtpTarget(), static () => new SipTarget(),
        static () => new NetlinkTarget(), static () => new AppTarget(),
    ];

    /// <summary>Names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Makers.Select(static make => NameOf(make))];

    /// <summary>Makes a target.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static FuzzTarget Make(string name) => Makers[Names.ToList().IndexOf(name)]();

    private static string NameOf(Func<FuzzTarget> make)
    {
        using FuzzTarget target = make();
        return target.Name;
    }
}
