using System.CommandLine;
using System.Globalization;
using Natflow.Host.Settings;
using Natflow.Portal.Captive;
using Natflow.Portal.Logins;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow portal</c>: what DHCP and router advertisements say of the login page; names and vouchers for it.</summary>
internal static class PortalCommand
{
    private const int CountMax = 10_000;

    private static readonly Option<string> Config = new("--config") { Description = "The gateway's configuration file.", HelpName = "FILE", Required = true };

    private static readonly Argument<string> Name = new("NAME") { Description = "The user's name. The password is read from the input, one line." };

    private static readonly Argument<string[]> Limits = new("LIMITS")
    {
        Description = "time=8h idle=30m volume=5G down=10M up=2M devices=2: each may be left out.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<int> Count = new("--count") { Description = $"How many, 1 to {CountMax}.", HelpName = "N", DefaultValueFactory = static _ => 1 };

    private static readonly Option<string> UsersPath = FileOption("/etc/natflow/portal-users", "natflow.portal.users");

    private static readonly Option<string> VouchersPath = FileOption("/etc/natflow/portal-vouchers", "natflow.portal.vouchers");

    /// <summary>The command with its parts.</summary>
    internal static Command Make()
    {
        var options = new Command("options", "Print what DHCPv4, DHCPv6 and router advertisements tell hosts of the portal's API (RFC 8910).") { Config };
        options.SetAction(static parsed => PrintOptions(parsed.GetValue(Config)!));
        var password = new Command("password", "Add a name to the portal's list, or give one that is there another password and other limits; the file gets a hash of the password.") { Name, Limits, UsersPath };
        password.SetAction(static parsed => AddUser(parsed.GetValue(Name)!, parsed.GetValue(Limits) ?? [], parsed.GetValue(UsersPath)!));
        var voucher = new Command("voucher", "Make vouchers: prints the codes, and adds them to the portal's file.") { Limits, Count, VouchersPath };
        voucher.SetAction(static parsed => AddVouchers(parsed.GetValue(Limits) ?? [], parsed.GetValue(Count), parsed.GetValue(VouchersPath)!));
        return new Command("portal", "The login page's announcement, names and vouchers.") { options, password, voucher };
    }

    private static Option<string> FileOption(string path, string key) =>
        new("--file") { Description = $"The file, as {key} names it.", HelpName = "FILE", DefaultValueFactory = _ => path };

    private static int PrintOptions(string path)
    {
        SettingsResult result = SettingsLoader.Load(path);
        if (!result.IsValid)
        {
            foreach (SettingsError error in result.Errors)
                Console.Error.WriteLine(error);
            return ExitCode.Usage;
        }

        if (CaptiveOptions.UriOf(result.Settings.Portal) is not { } uri)
        {
            Terminal.Error("the API must be had by TLS (RFC 8908 section 4): natflow.portal needs certificate and name");
            return ExitCode.Usage;
        }

        foreach ((string name, string value) in Rows(uri))
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24}{value}"));
        return ExitCode.Done;
    }

    private static IEnumerable<(string Name, string Value)> Rows(string uri) =>
    [
        ("API", uri),
        ("DHCPv4 option 114", Convert.ToHexStringLower(CaptiveOptions.Dhcp4(uri))),
        ("DHCPv6 option 103", Convert.ToHexStringLower(CaptiveOptions.Dhcp6(uri))),
        ("RA option 37", Convert.ToHexStringLower(CaptiveOptions.Advertisement(uri))),
        ("dnsmasq", $"dhcp-option=114,{uri}"),
        ("dnsmasq, DHCPv6", $"dhcp-option=option6:103,{uri}"),
        ("Kea", $"{{ \"name\": \"v4-captive-portal\", \"data\": \"{uri}\" }}"),
        ("Kea, DHCPv6", $"{{ \"name\": \"v6-captive-portal\", \"data\": \"{uri}\" }}"),
        ("ISC dhcpd", $"option captive-portal code 114 = text; option captive-portal \"{uri}\";"),
        ("ISC dhcpd, DHCPv6", $"option dhcp6.captive-portal code 103 = text; option dhcp6.captive-portal \"{uri}\";"),
        ("radvd", $"AdvCaptivePortalAPI \"{uri}\";"),
    ];

    private static int AddUser(string name, string[] limits, string path)
    {
        if (!Console.IsInputRedirected)
            Console.Error.Write($"password of {name}: ");
        string password = Console.In.ReadLine() ?? "";
        if (CredentialFiles.TryUserLine(name, password, limits, out string line) is { } error)
        {
            Terminal.Error(error);
            return ExitCode.Usage;
        }

        return Guard(() => Console.Out.WriteLine($"{name}: {(CredentialFiles.KeepUser(path, line) ? "replaced in" : "added to")} {path}"));
    }

    private static int AddVouchers(string[] limits, int count, string path)
    {
        if (count is < 1 or > CountMax)
        {
            Terminal.Error($"--count {count}: 1 to {CountMax} is needed");
            return ExitCode.Usage;
        }

        var lines = new List<string>();
        for (int i = 0; i < count; i++)
        {
            if (CredentialFiles.TryVoucherLine(limits, out string line) is { } error)
            {
                Terminal.Error(error);
                return ExitCode.Usage;
            }

            lines.Add(line);
        }

        int code = Append(path, lines);
        foreach (string line in code == ExitCode.Done ? lines : [])
            Console.Out.WriteLine(line.Split(' ')[0]);
        return code;
    }

    private static int Append(string path, IReadOnlyList<string> lines) => Guard(() =>
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead });
        using var writer = new StreamWriter(stream);
        foreach (string line in lines)
            writer.Write(line + "\n");
    });

    private static int Guard(Action write)
    {
        try
        {
            write();
            return ExitCode.Done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error(error.Message);
            return ExitCode.Failed;
        }
    }
}
