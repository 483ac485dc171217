using System.Net;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Routes;
using Natflow.Testing;

namespace Natflow.Management.Tests.Api;

/// <summary>Whatever is asked, the answer is no failure of the server, and nobody changes anything without being let in.</summary>
public sealed class AnyRequestTests
{
    private const int RequestsPerRouteAndMethod = 10;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUUX"];

    [Theory]
    [InlineData(1, ApiRole.None)]
    [InlineData(2, ApiRole.Viewer)]
    [InlineData(3, ApiRole.Admin)]
    public async Task AnyRequest_GetsAnAnswerBelow500(int seed, ApiRole role)
    {
        await using ApiRig rig = await ApiRig.Start(flowCount: 3);
        await WaitForSample(rig);
        using HttpClient client = rig.Client(role);
        var prng = new Prng(seed);
        var seen = new HashSet<HttpStatusCode>();
        foreach (ApiRoute route in rig.Api.Routes)
        {
            foreach (string method in Methods)
            {
                for (int i = 0; i < RequestsPerRouteAndMethod; i++)
                    seen.Add(await Send(client, RequestFuzz.Next(prng, method, route.Pattern, [.. route.Parameters.Select(static parameter => parameter.Name)]), seed));
            }
        }

        // A generator that reached no handler and no refusal would prove nothing.
        Assert.Contains(HttpStatusCode.NotFound, seen);
        Assert.Contains(role == ApiRole.None ? HttpStatusCode.Unauthorized : HttpStatusCode.BadRequest, seen);
        Assert.Contains(HttpStatusCode.OK, seen);
        if (role != ApiRole.Admin)
            Assert.Equal((0, "natflow {}", true), (rig.Gateway.ReloadCount, rig.Configuration.Text, rig.Audit.IsEmpty));
        else
            Assert.NotEqual(0, rig.Gateway.ReloadCount);
    }

    private static async Task<HttpStatusCode> Send(HttpClient client, HttpRequestMessage request, int seed)
    {
        using (request)
        using (HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.True((int)response.StatusCode < 500, $"seed {seed}: {request.Method} {request.RequestUri}: {(int)response.StatusCode}");
            bool isRefusal = (int)response.StatusCode >= 400 && request.Method != HttpMethod.Head && response.Content.Headers.ContentLength is not 0;
            bool isProblem = response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json";
            Assert.True(!isRefusal || isProblem, $"seed {seed}: {request.Method} {request.RequestUri}: {(int)response.StatusCode} {response.Content.Headers.ContentType}");
            return response.StatusCode;
        }
    }

    // Health is 500 until the shards have answered once, as Akka's tools expect.
    private static async Task WaitForSample(ApiRig rig)
    {
        using HttpClient client = rig.Client(ApiRole.Viewer);
        for (int i = 0; i < 1000; i++)
        {
            using HttpResponseMessage ready = await client.GetAsync("/ready");
            if (ready.IsSuccessStatusCode)
                return;
        }
    }
}
