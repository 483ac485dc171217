using System.Globalization;
using System.Net;
using System.Text.Json;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Audit;

/// <summary>Who had a port: asked of what a running gateway wrote, in each mode of its log, and held against what the server saw.</summary>
public sealed class NatLogTests
{
    private const int ServerPort = 7070;

    [LabTheory]
    [InlineData("block", "port-block")]
    [InlineData("session", "port-block")]
    [InlineData("deterministic", "deterministic")]
    public async Task Who_AnEndpointThatAServerSaw_IsTheHostBehindIt(string log, string basis)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfPacket, $"natflow.nat.log = {log}\n");
        using var server = new UdpEndpoint(lab.X, LabPlan.HostX, ServerPort);
        string a = Seen(lab.A, LabPlan.HostA, server);
        string b = Seen(lab.B, LabPlan.HostB, server);
        Assert.NotEqual(a, b);

        await Until.Holds("both answers are on record", () => User(Who(lab, a)) == LabPlan.HostA && User(Who(lab, b)) == LabPlan.HostB);
        Assert.Equal(basis, Who(lab, a).GetProperty("basis").GetString());
        string events = Natflow(lab, $"audit user {LabPlan.HostA} --json");
        Assert.Equal(log != "deterministic", events.Contains("port-block-allocated", StringComparison.Ordinal));
        Assert.Equal(log == "session", events.Contains("session-opened", StringComparison.Ordinal));
        Assert.Equal(log == "session", events.Contains(LabPlan.HostX, StringComparison.Ordinal)); // Where to is nobody's business else.
        Assert.Empty(JsonDocument.Parse(Natflow(lab, "audit verify --json")).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Contains("\"stream\":\"gateway\"", Natflow(lab, "audit status --json"), StringComparison.Ordinal);
    }

    private static string Seen(LabHostShell host, string address, UdpEndpoint server)
    {
        using var client = new UdpEndpoint(host, address);
        client.Send("hello"u8, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), ServerPort));
        return server.Receive().From.ToString();
    }

    private static string? User(JsonElement answer) => answer.TryGetProperty("user", out JsonElement user) ? user.GetString() : null;

    private static JsonElement Who(TestLab lab, string endpoint) => JsonDocument.Parse(Natflow(lab, $"audit who {endpoint} --json")).RootElement;

    private static string Natflow(TestLab lab, string command) => lab.Gateway.Run(string.Create(
        CultureInfo.InvariantCulture, $"{string.Join(' ', TestLab.Natflow)} {command} --journal {Path.Combine(lab.RunDirectory, "state", "journal.db")}"));
}
