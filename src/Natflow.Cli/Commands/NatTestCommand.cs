using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using Natflow.Cli.Output;
using Natflow.Host.NatTest;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow nat-test SERVER[:PORT]</c>: what kind of NAT lies between here and a STUN server (RFC 5780).</summary>
internal static class NatTestCommand
{
    private const int StunPort = 3478;
    private const int LifetimeSecondsMax = 86_400;

    private static readonly Argument<string> Server = new("SERVER[:PORT]")
    {
        Description = "A STUN server with two addresses, for example coturn. Port 3478 unless given.",
    };

    private static readonly Option<IPAddress?> Local = new("--local")
    {
        Description = "Local address to test from. Default: the one that the system sends to the server from.",
        HelpName = "ADDR",
        CustomParser = ParseAddress,
    };

    private static readonly Option<int> Lifetime = MakeLifetime();

    private static readonly Option<bool> NoTcp = new("--no-tcp") { Description = "Leave mapping over TCP out." };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("nat-test", "Find out how the NAT before this machine maps and filters, by RFC 5780.")
        {
            Server, Local, Lifetime, NoTcp, Json,
        };
        command.SetAction(static (parsed, cancellation) => Run(parsed, cancellation));
        return command;
    }

    private static Option<int> MakeLifetime()
    {
        var option = new Option<int>("--lifetime")
        {
            Description = "Look for the lifetime of a mapping too, up to so many seconds. Takes a few times as long.",
            HelpName = "SECONDS",
        };
        option.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > LifetimeSecondsMax)
                result.AddError($"--lifetime: 0 to {LifetimeSecondsMax} seconds");
        });
        return option;
    }

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            return address;
        result.AddError($"--local: '{result.Tokens[0].Value}': not the address of an interface");
        return null;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetValue(Server)!;
        if (!TrySplit(name, out string host, out int port))
        {
            Terminal.Error($"'{name}': a server is ADDRESS, ADDRESS:PORT, NAME or NAME:PORT, for example 198.51.100.10:3478");
            return ExitCode.Usage;
        }

        try
        {
            IPEndPoint server = await Resolve(host, port, parsed.GetValue(Local)?.AddressFamily, cancellation);
            var options = new NatTestOptions
            {
                Server = server,
                Local = parsed.GetValue(Local) ?? LocalTowards(server),
                Tcp = !parsed.GetValue(NoTcp),
                LifetimeMax = TimeSpan.FromSeconds(parsed.GetValue(Lifetime)),
            };
            NatTestReport report = await new NatTestRun(options, TimeProvider.System).RunAsync(cancellation);
            return Print(report, options, parsed.GetValue(Json));
        }
        catch (SocketException exception)
        {
            Terminal.Error($"{name}: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            Terminal.Error("interrupted");
            return ExitCode.Failed;
        }
    }

    private static int Print(NatTestReport report, NatTestOptions options, bool isJson)
    {
        if (isJson)
            Console.Out.WriteLine(NatTestJson.Format(report));
        else
            NatTestTable.Print(report, options);
        if (report.Mapped is null)
            Terminal.Error($"no answer from {report.Server} over UDP");
        else if (report.Other is null)
            Terminal.Error($"{report.Server} has one address alone: mapping and filtering cannot be told");
        else if (!report.IsWhole)
            Terminal.Error($"the tests against {report.Server} and {report.Other} are not complete");
        return report.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }

    // "[v6]:port", "v6", "v4:port", "v4", "name:port", "name".
    private static bool TrySplit(string text, out string host, out int port)
    {
        host = text;
        port = StunPort;
        if (IPAddress.TryParse(text, out _))
            return true;
        int colon = text.LastIndexOf(':');
        if (colon < 0)
            return text.Length != 0;
        host = text[..colon].Trim('[', ']');
        return host.Length != 0 && int.TryParse(text.AsSpan(colon + 1), out port) && port is > 0 and <= ushort.MaxValue;
    }

    private static async Task<IPEndPoint> Resolve(string host, int port, AddressFamily? family, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
            return new IPEndPoint(address, port);
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, family ?? AddressFamily.InterNetwork, cancellation);
        return addresses.Length != 0 ? new IPEndPoint(addresses[0], port) : throw new SocketException((int)SocketError.HostNotFound);
    }

    // Connecting a UDP socket sends nothing, and makes the system choose the source address.
    private static IPAddress LocalTowards(IPEndPoint server)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server);
        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }
}
