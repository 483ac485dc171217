using Natflow.Fuzz.Targets;

namespace Natflow.Fuzz;

/// <summary>All targets.</summary>
public static class FuzzTargets
{
    /// <summary>A target that is made to be broken: shows that coverage leads where chance does not.</summary>
    public const string SelfTest = "maze";

    private static readonly Func<FuzzTarget>[] Makers =
    [
        static () => new HttpTarget(), static () => new TlsTarget(), static () => new DtlsTarget(), static () => new QuicTarget(), static () => new QuicFramesTarget(),
        static () => new DnsTarget(), static () => new StreamTarget(), static () => new FrameTarget(), static () => new PacketTarget(), static () => new ShardTarget(),
        static () => new CaptureTarget(), static () => new LinkTypeTarget(), static () => new SegmentTarget(), static () => new HoconTarget(), static () => new SettingsTarget(),
        static () => new PcpTarget(), static () => new FtpTarget(), static () => new SipTarget(), static () => new StunTarget(), static () => new NetlinkTarget(),
        static () => new FlowerTarget(), static () => new FoeTarget(), static () => new EngineTarget(), static () => new AppTarget(), static () => new CatalogueTarget(),
        static () => new DomainsTarget(), static () => new RecordTarget(), static () => new ControlTarget(), static () => new SetTarget(), static () => new AddressTarget(),
        static () => new TokenTarget(), static () => new SpillTarget(), static () => new JournalTarget(), static () => new RadiusTarget(),
        static () => new EtcdTarget(), static () => new BodyTarget(),
    ];

    /// <summary>Names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Makers.Select(static make => NameOf(make))];

    /// <summary>Makes a target.</summary>
    /// <param name="name">One of <see cref="Names"/>, or <see cref="SelfTest"/>.</param>
    public static FuzzTarget Make(string name) => name == SelfTest ? new MazeTarget() : Makers[Names.ToList().IndexOf(name)]();

    private static string NameOf(Func<FuzzTarget> make)
    {
        using FuzzTarget target = make();
        return target.Name;
    }
}
