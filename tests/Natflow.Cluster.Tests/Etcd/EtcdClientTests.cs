using System.Text;
using Natflow.Cluster.Etcd;

namespace Natflow.Cluster.Tests.Etcd;

/// <summary>The client against Debian's etcd.</summary>
public sealed class EtcdClientTests
{
    [EtcdFact]
    public async Task Commit_CreateIfAbsent_OneWinsAndTheOtherIsToldWho()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        EtcdTransaction Claim(string node) => new()
        {
            Compare = [EtcdCompare.Absent("own/1")],
            Then = [EtcdOperation.Put("own/1", node)],
            Else = [EtcdOperation.Get("own/1")],
        };

        EtcdAnswer<EtcdTransactionResult> first = await client.Commit(Claim("a"));
        EtcdAnswer<EtcdTransactionResult> second = await client.Commit(Claim("b"));

        Assert.True(first.Value!.HasSucceeded);
        Assert.False(second.Value!.HasSucceeded);
        EtcdKeyValue owner = Assert.Single(second.Value.Reads);
        Assert.Equal(("a", first.Value.Revision), (owner.Text, owner.ModRevision));
    }

    [EtcdFact]
    public async Task Commit_StaleToken_IsRefused()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        long token = (await client.Put("own/1", "a"u8.ToArray())).Value;
        await client.Put("own/1", "b"u8.ToArray());

        EtcdAnswer<EtcdTransactionResult> fenced = await client.Commit(new EtcdTransaction
        {
            Compare = [EtcdCompare.ModRevision("own/1", token)],
            Then = [EtcdOperation.Put("x", "stale")],
        });

        Assert.False(fenced.Value!.HasSucceeded);
        Assert.Empty((await client.Get("x")).Value!.Items);
    }

    [Fact]
    public void ToJson_NoOperations_ReadsSomethingSoThatItGoesThroughConsensus()
    {
        string json = new EtcdTransaction { Compare = [EtcdCompare.Present("a")] }.ToJson().ToJsonString();
        Assert.Equal(2, json.Split("request_range").Length - 1);
        Assert.DoesNotContain("serializable", json, StringComparison.Ordinal);
    }

    [EtcdFact]
    public async Task Grant_ShorterThanElectionsAllow_TheAnswerSaysWhatIsGranted()
    {
        await using TestEtcd etcd = await TestEtcd.Start(flags: ["--election-timeout", "2000"]);
        using EtcdClient client = etcd.Client();
        Assert.Equal(3, (await client.Grant(1)).Value.TtlSeconds);
    }

    [EtcdFact]
    public async Task KeepAlive_RevokedLease_IsNotAlive()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        long lease = (await client.Grant(5)).Value.Id;
        Assert.True((await client.KeepAlive(lease)).Value.IsAlive);
        Assert.Equal(EtcdStatus.Ok, (await client.Revoke(lease)).Status);

        EtcdAnswer<EtcdLease> gone = await client.KeepAlive(lease);

        Assert.Equal(EtcdStatus.Ok, gone.Status);
        Assert.False(gone.Value.IsAlive);
        Assert.Equal(EtcdStatus.NotFound, (await client.Revoke(lease)).Status);
        Assert.Equal(EtcdStatus.NotFound, (await client.Put("k", [], lease)).Status);
    }

    [EtcdFact]
    public async Task Put_WithoutLease_TakesTheKeyOffItsLease()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        long lease = (await client.Grant(30)).Value.Id;
        await client.Put("bound", [1], lease);
        await client.Put("freed", [1], lease);
        await client.Put("freed", [2]);
        await client.Revoke(lease);

        Assert.Empty((await client.Get("bound")).Value!.Items);
        Assert.Single((await client.Get("freed")).Value!.Items);
    }

    [EtcdFact]
    public async Task Range_MoreThanAPage_IsWholeAndOfOneRevision()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        for (int part = 0; part < 10; part++)
        {
            Assert.True((await client.Commit(new EtcdTransaction
            {
                Compare = [EtcdCompare.Absent("never")],
                Then = [.. Enumerable.Range(part * 120, 120).Select(static i => EtcdOperation.Put($"p/{i:D5}", "v"))],
            })).Value!.HasSucceeded);
        }

        await client.Put("q", []); // Behind the prefix.
        EtcdRangeResult all = (await client.Range("p/")).Value!;
        Assert.Equal(Enumerable.Range(0, 1200).Select(static i => $"p/{i:D5}"), all.Items.Select(static item => item.Key));
    }

    [EtcdFact]
    public async Task Watch_FromARevision_TellsAllChangesOfATransactionTogetherAndDeletes()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        long lease = (await client.Grant(30)).Value.Id;
        EtcdTransactionResult made = (await client.Commit(new EtcdTransaction
        {
            Compare = [EtcdCompare.Absent("w/1")],
            Then = [EtcdOperation.Put("w/1", "a", lease), EtcdOperation.Put("w/2", "b", lease)],
        })).Value!;
        await client.Revoke(lease);

        // History comes in one batch or several: what was done together is never apart.
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var batches = new List<EtcdEvent[]>();
        await foreach (EtcdWatchBatch batch in client.Watch("w/", made.Revision, end.Token))
        {
            batches.Add([.. batch.Events]);
            if (batches.Sum(static events => events.Length) >= 4)
                break;
        }

        Assert.Equal(["w/1 put", "w/2 put", "w/1 deleted", "w/2 deleted"], batches.SelectMany(static events => events).Select(static change => $"{change.Item.Key} {(change.IsDelete ? "deleted" : "put")}"));
        Assert.All(batches, static events => Assert.True(events.Length % 2 == 0));
    }

    [EtcdFact]
    public async Task Watch_CompactedRevision_SaysSoAndEnds()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using EtcdClient client = etcd.Client();
        await client.Put("c", [1]);
        long last = (await client.Put("c", [2])).Value;
        Assert.Equal(EtcdStatus.Ok, (await client.Compact(last)).Status);

        EtcdWatchBatch only = Assert.Single(await Collect(client.Watch("c", 1)));

        Assert.True(only.IsCompacted);
    }

    [EtcdFact]
    public async Task Calls_AMemberDies_TheOthersAnswerAndTheWatchGoesOn()
    {
        await using TestEtcd etcd = await TestEtcd.Start(members: 3);
        using EtcdClient client = etcd.Client(TimeSpan.FromSeconds(2));
        using EtcdClient other = etcd.Client(TimeSpan.FromSeconds(2));
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        long start = (await client.Put("f/0", [0])).Value;
        await using IAsyncEnumerator<EtcdWatchBatch> watch = other.Watch("f/", start, end.Token).GetAsyncEnumerator(end.Token);
        Assert.True(await watch.MoveNextAsync());

        etcd.Kill(0); // Both clients use the first member.
        await TestEtcd.Until(async () => (await client.Put("f/1", [1])).IsOk);

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal("f/1", watch.Current.Events[0].Item.Key);
    }

    [EtcdFact]
    public async Task Calls_WithoutQuorum_AreUnavailableAlsoTransactionsThatOnlyCompare()
    {
        await using TestEtcd etcd = await TestEtcd.Start(members: 3);
        using EtcdClient client = etcd.Client(TimeSpan.FromSeconds(1));
        await client.Put("k", [1]);
        etcd.Kill(0);
        etcd.Kill(1);

        await TestEtcd.Until(async () => (await client.Get("k")).Status == EtcdStatus.Unavailable);
        EtcdAnswer<EtcdTransactionResult> compareOnly = await client.Commit(new EtcdTransaction { Compare = [EtcdCompare.Present("k")] });

        Assert.Equal(EtcdStatus.Unavailable, compareOnly.Status);
    }

    [EtcdFact]
    public async Task Calls_WithPassword_AuthenticateAndRenewAnExpiredToken()
    {
        await using TestEtcd etcd = await TestEtcd.Start(flags: ["--auth-token-ttl", "1"]);
        await EtcdAuth.Enable(etcd.Endpoints[0], "secret");
        using EtcdClient anonymous = etcd.Client();
        EtcdClient As(string password) => new(
            new EtcdSettings { Endpoints = etcd.Endpoints, User = "root", Password = password, RequestTimeout = TimeSpan.FromSeconds(10) }, TimeProvider.System); // A password costs etcd time.
        using EtcdClient wrong = As("wrong");
        using EtcdClient right = As("secret");

        Assert.Equal(EtcdStatus.Unauthenticated, (await anonymous.Get("k")).Status);
        Assert.Equal(EtcdStatus.Unauthenticated, (await wrong.Get("k")).Status);
        await TestEtcd.Until(async () => (await right.Put("k", "v"u8.ToArray())).IsOk);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(3)); // Beyond the token's life.
        await timer.WaitForNextTickAsync();
        Assert.Equal("v", Assert.Single((await right.Get("k")).Value!.Items).Text);
    }

    [EtcdFact]
    public async Task Calls_OverTls_NeedTheAuthorityAndTheCertificate()
    {
        using var certificates = new TestCertificates();
        await using TestEtcd etcd = await TestEtcd.Start(
            flags: ["--cert-file", certificates.CertificateFile, "--key-file", certificates.KeyFile, "--trusted-ca-file", certificates.CaFile, "--client-cert-auth"],
            scheme: "https");
        EtcdClient With(string ca, string certificate) => new(
            new EtcdSettings { Endpoints = etcd.Endpoints, TrustedCaFile = ca, CertificateFile = certificate, KeyFile = certificates.KeyFile, RequestTimeout = TimeSpan.FromSeconds(5) },
            TimeProvider.System);
        using EtcdClient right = With(certificates.CaFile, certificates.CertificateFile);
        using EtcdClient stranger = With(certificates.CaFile, string.Empty);
        using EtcdClient untrusting = With(string.Empty, certificates.CertificateFile);

        await TestEtcd.Until(async () => (await right.Put("k", [1])).IsOk);

        Assert.Equal(EtcdStatus.Unavailable, (await stranger.Get("k")).Status);
        Assert.Equal(EtcdStatus.Unavailable, (await untrusting.Get("k")).Status);
    }

    [Fact]
    public void Of_NoJson_SaysThatTheGatewayIsOff()
    {
        (EtcdStatus status, string error) = EtcdFailure.Of(System.Net.HttpStatusCode.NotFound, "404 page not found\n"u8.ToArray());
        Assert.Equal(EtcdStatus.Invalid, status);
        Assert.Contains("enable-grpc-gateway", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"error":"etcdserver: request timed out","code":14}""", EtcdStatus.Unavailable)]
    [InlineData("""{"error":"context deadline exceeded","code":2}""", EtcdStatus.Unavailable)]
    [InlineData("""{"error":"etcdserver: mvcc: database space exceeded","code":8}""", EtcdStatus.Exhausted)]
    [InlineData("""{"error":"etcdserver: permission denied","code":7}""", EtcdStatus.Forbidden)]
    [InlineData("""{"error":"etcdserver: invalid auth token","code":16}""", EtcdStatus.Unauthenticated)]
    [InlineData("""{"error":"etcdserver: mvcc: required revision has been compacted","code":11}""", EtcdStatus.OutOfRange)]
    [InlineData("""{"error":{"grpc_code":14,"message":"transport is closing"}}""", EtcdStatus.Unavailable)]
    [InlineData("""[]""", EtcdStatus.Invalid)]
    public void Of_AnError_IsClassified(string body, EtcdStatus expected) =>
        Assert.Equal(expected, EtcdFailure.Of(System.Net.HttpStatusCode.BadRequest, Encoding.UTF8.GetBytes(body)).Status);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("""{"result":7}""")]
    [InlineData("""{"error":{"grpc_code":14}}""")]
    [InlineData("""{"result":{"canceled":true,"cancel_reason":"permission denied"}}""")]
    public void Parse_NothingOfUse_EndsTheStream(string line) => Assert.Null(EtcdWatcher.Parse(line));

    [Fact]
    public void Parse_HostileFields_GiveAResult()
    {
        EtcdWatchBatch? batch = EtcdWatcher.Parse("""{"result":{"header":{"revision":"x"},"events":[{},{"kv":7},{"kv":{"key":"!!","mod_revision":[]}}]}}""");
        Assert.Equal(3, batch!.Events.Count);
    }

    [Theory]
    [InlineData("a/", "YTA=")]
    [InlineData("", "AA==")]
    public void PrefixEnd_IsTheNextPrefix(string prefix, string expected) => Assert.Equal(expected, EtcdJson.PrefixEnd(prefix));

    private static async Task<List<EtcdWatchBatch>> Collect(IAsyncEnumerable<EtcdWatchBatch> watch)
    {
        var batches = new List<EtcdWatchBatch>();
        await foreach (EtcdWatchBatch batch in watch)
            batches.Add(batch);
        return batches;
    }
}
