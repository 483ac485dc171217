using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Fuzz.Targets;

/// <summary>Lines of the original's control devices, each given to every one of them. What a device prints, it reads back without change.</summary>
internal sealed class ControlTarget : FuzzTarget
{
    private const int LinesMax = 64;

    public override string Name => "control";

    public override int InputBytesMax => 1024;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "add user=192.168.1.0-192.168.1.255,user_port=80,remote=1.2.3.4,remote_port=443,proto=tcp,rxbytes=100,txbytes=200\ntc_classid_mode=1\nclear\n"u8.ToArray(),
        "auth id=1,szone=0,type=auto,sipgrp=lan\nadd type=web\nlan_zone 0=br-lan\nwan_zone 1=eth0+\n"u8.ToArray(),
        "IPSET=0,drop\nadd=accept=vip\nacl 0 drop=bad\ndefault=accept\nredirect_url=http://a/b\n"u8.ToArray(),
        "kick 10.0.0.1\nset-status 10.0.0.1 3\nset-token-ctrl 10.0.0.1 1000 2000\nkickall\n"u8.ToArray(),
        "vline_add=eth0,eth1,ipv4\nrelay_add=eth0,eth1,all\nvline_apply\nifname_group_add=eth0\ndelay_pkts=7\nenable=1\nevents_clear\n"u8.ToArray(),
        "conntrack\nmax 100\n# comment\n\n"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        var lines = new ControlLines();
        var models = new Models();
        for (int count = 0; count < LinesMax && !input.IsEmpty; count++)
        {
            ControlResult result = lines.Take(input, out int consumed, out string? line);
            if (consumed is <= 0 || consumed > input.Length) throw new InvalidOperationException("nothing was taken");
            input = input[consumed..];
            outcome.Add((int)result.Errno);
            if (line is not null)
                models.Apply(line, ref outcome);
        }

        models.CheckDumps();
        return outcome.Value;
    }

    private sealed class Models
    {
        private QosModel _qos = QosModel.Empty;
        private ZoneModel _zones = ZoneModel.Empty;
        private AuthModel _auth = AuthModel.Default;
        private AclModel _acl = AclModel.Default;
        private PathModel _paths = PathModel.Default;
        private bool _isDpiEnabled;

        internal void Apply(string line, ref Outcome outcome)
        {
            outcome.Add(Take(QosControl.Apply(_qos, line), ref _qos));
            outcome.Add(Take(ZoneControl.Apply(_zones, line), ref _zones));
            outcome.Add(Take(AuthControl.Apply(_auth, line), ref _auth));
            outcome.Add(Take(AclControl.Apply(_acl, line), ref _acl));
            outcome.Add(Take(PathControl.Apply(_paths, line, static _ => true), ref _paths));
            outcome.Add((int)DpiControl.Apply(ref _isDpiEnabled, line, out _).Errno);
            outcome.Add((int)UserCommand.Parse(line, out _).Errno);
            outcome.Add((int)QueueCommand.Parse(line, out _).Errno);
            outcome.Add((int)ConntrackListing.Parse(line, out _).Errno);
            outcome.Add(UrlStoreModel.Default.Write("enable", line).Result.IsTaken);
        }

        internal void CheckDumps()
        {
            Check(_qos, QosModel.Empty, QosControl.Apply, QosControl.Dump);
            Check(_zones, ZoneModel.Empty, ZoneControl.Apply, ZoneControl.Dump);
            Check(_auth, AuthModel.Default, AuthControl.Apply, AuthControl.Dump);
            Check(_acl, AclModel.Default, AclControl.Apply, AclControl.Dump);
            Check(_paths, PathModel.Default, static (model, line) => PathControl.Apply(model, line, static _ => true), static (model, format) => PathControl.Dump(model, "1", format));
        }

        private static bool Take<TModel>(ControlStep<TModel> step, ref TModel model)
            where TModel : class
        {
            model = step.Model;
            return step.Result.IsTaken;
        }

        private static void Check<TModel>(TModel model, TModel empty, Func<TModel, string, ControlStep<TModel>> apply, Func<TModel, DumpFormat, string> dump)
            where TModel : class
        {
            string text = dump(model, DumpFormat.Replayable);
            TModel read = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Aggregate(empty, (soFar, line) => apply(soFar, line).Model);
            string again = dump(read, DumpFormat.Replayable);
            if (text != again) throw new InvalidOperationException($"{text}\nbecame\n{again}");
        }
    }
}
