using System.Text.Json.Nodes;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Routes;

namespace Natflow.Management.Tests.Api;

/// <summary>The document says what is served: no more, no less, and nothing changes unseen.</summary>
public sealed class OpenApiTests
{
    private const string ApproveVariable = "NATFLOW_APPROVE";

    [Fact]
    public async Task Document_HasEachRouteThatTheFrameworkMapped()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Viewer);

        JsonNode document = JsonNode.Parse(await client.GetStringAsync("/api/v1/openapi.json"))!;

        IEnumerable<string> documented = document["paths"]!.AsObject().SelectMany(static path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        IEnumerable<string> mapped = rig.Server.MappedRoutes.Select(static route => $"{route.Method} {OpenApiDocument.PathOf(route.Pattern)}");
        Assert.Equal(mapped.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_ReferencesLead_Somewhere()
    {
        await using ApiRig rig = await ApiRig.Start();
        string text = OpenApiDocument.Write(rig.Api.Routes);
        JsonNode document = JsonNode.Parse(text)!;

        string[] references = [.. text.Split("\"$ref\": \"").Skip(1).Select(static rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)])];

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, static (node, name) => node?[name])));
    }

    [Fact]
    public async Task Document_IsTheApprovedOne()
    {
        await using ApiRig rig = await ApiRig.Start();
        string text = OpenApiDocument.Write(rig.Api.Routes);
        string path = Path.Combine(Repository.Root, "src", "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
            await File.WriteAllTextAsync(path, text);

        Assert.Equal(await File.ReadAllTextAsync(path), text);
    }
}
