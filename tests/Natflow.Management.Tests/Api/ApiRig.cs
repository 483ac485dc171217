using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Natflow.Gateway.Users;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Tests.Api;

/// <summary>An API on a free loopback port, in front of a gateway between memory ports, with a token for each role.</summary>
internal sealed class ApiRig : IAsyncDisposable
{
    private readonly ControlRig _gateway;
    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-api-").FullName;
    private readonly Dictionary<ApiRole, string> _tokens = [];

    private ApiRig(ControlRig gateway) => _gateway = gateway;

    internal ManagementApi Api { get; private set; } = null!;

    internal ApiServer Server { get; private set; } = null!;

    internal FakeConfiguration Configuration { get; } = new();

    internal FakeJournal Journal { get; } = new();

    internal ConcurrentQueue<AuditRecord> Audit { get; } = new();

    internal ConcurrentQueue<string> Warnings { get; } = new();

    internal ControlRig Gateway => _gateway;

    internal string CertificatePath => Path.Combine(_directory, "management.crt");

    internal Uri Root { get; private set; } = null!;

    internal static async Task<ApiRig> Start(int flowCount = 0, ApiRole loopbackRole = ApiRole.None, int rateLimit = 100_000, bool isTls = false, bool hasUsers = true, IConfigurationStore? store = null, IClusterControl? cluster = null)
    {
        var rig = new ApiRig(await ControlRig.Start(flowCount, hasUsers));
        string tokens = Path.Combine(rig._directory, "tokens");
        foreach (ApiRole role in Enum.GetValues<ApiRole>().Where(static role => role != ApiRole.None))
        {
            rig._tokens[role] = ApiToken.Generate();
            await File.AppendAllTextAsync(tokens, ApiToken.LineOf($"the-{role}", role, rig._tokens[role]) + "\n");
        }

        File.SetUnixFileMode(tokens, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var settings = new ApiSettings
        {
            IsEnabled = true,
            Address = IPAddress.Loopback,
            Port = 0,
            IsTlsWanted = isTls,
            LoopbackRole = loopbackRole,
            TokensPath = tokens,
            CertificatePath = string.Empty,
            KeyPath = string.Empty,
            RequestsPerSecond = rateLimit,
            StateDirectory = rig._directory,
        };
        rig.Api = new ManagementApi(new ApiTarget(rig._gateway.Target with { Cluster = cluster }, store ?? rig.Configuration, rig.Audit.Enqueue, rig.Warnings.Enqueue, TimeProvider.System) { Journal = rig.Journal });
        rig.Server = await ApiServer.Start(settings, rig.Api);
        rig.Root = new Uri($"{(isTls ? "https" : "http")}://127.0.0.1:{rig.Server.Port}");
        return rig;
    }

    internal string TokenOf(ApiRole role) => _tokens[role];

    /// <summary>A client with a role's token; without one for <see cref="ApiRole.None"/>.</summary>
    internal HttpClient Client(ApiRole role)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = Root };
        if (role != ApiRole.None)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[role]);
        return client;
    }

    /// <summary>Waits until the flows that were fed are there, and the book, where there is one, has seen whose they are.</summary>
    internal async Task WaitForFlows(int count)
    {
        for (int i = 0; i < 10_000; i++)
        {
            bool hasFlows = (await _gateway.Target.Plane.Report()).Shards.Sum(static shard => shard.FlowCount) >= count;
            if (hasFlows && (_gateway.Target.Users is not { } users || (await users.Page(new UserPageRequest(null, 0, 1))).TotalCount > 0))
                return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Api.DisposeAsync();
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
