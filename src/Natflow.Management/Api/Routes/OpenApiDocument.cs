using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Natflow.Management.Api.Access;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>The OpenAPI 3.1 document, made from the routes that are served.</summary>
internal static class OpenApiDocument
{
    private const string ProblemReference = "#/components/schemas/ControlProblem";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly JsonSchemaExporterOptions Exporting = new() { TreatNullObliviousAsNonNullable = true };

    /// <summary>The document's text.</summary>
    internal static string Write(IEnumerable<ApiRoute> routes)
    {
        var schemas = new JsonObject { [nameof(ControlProblem)] = SchemaOf(typeof(ControlProblem)) };
        var paths = new JsonObject();
        foreach (IGrouping<string, ApiRoute> path in routes.GroupBy(static route => PathOf(route.Pattern)).OrderBy(static group => group.Key, StringComparer.Ordinal))
            paths[path.Key] = new JsonObject(path.Select(route => KeyValuePair.Create<string, JsonNode?>(route.Method.ToLowerInvariant(), Operation(route, schemas))));
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Natflow", ["version"] = "1", ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" } },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = schemas,
            },
        };
        return document.ToJsonString(Indented) + "\n";
    }

    /// <summary>A path as the document spells it: a parameter that takes the rest of a path is a parameter like others.</summary>
    internal static string PathOf(string pattern) => pattern.Replace("{**", "{", StringComparison.Ordinal);

    private static JsonObject Operation(ApiRoute route, JsonObject schemas)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = OperationId(route),
            ["x-permission"] = route.Permission.ToString().ToLowerInvariant(),
            ["parameters"] = new JsonArray([.. PathParameters(route), .. route.Parameters.Select(static parameter => Parameter(parameter.Name, "query", parameter.Type, parameter.Description))]),
        };
        if (route.Permission == ApiPermission.Public)
            operation["security"] = new JsonArray();
        if (route.BodyContentType is { } contentType)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { [contentType] = new JsonObject { ["schema"] = Reference(route.Body, schemas) } } };
        operation["responses"] = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "Done.",
                ["content"] = new JsonObject { [route.AnswerContentType] = new JsonObject { ["schema"] = Reference(route.Answer, schemas) } },
            },
            ["default"] = new JsonObject
            {
                ["description"] = "Refused.",
                ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = ProblemReference } } },
            },
        };
        return operation;
    }

    private static IEnumerable<JsonNode?> PathParameters(ApiRoute route) => route.Pattern.Split('/')
        .Where(static part => part.StartsWith('{'))
        .Select(static part => Parameter(part.Trim('{', '}', '*'), "path", "string", null));

    private static JsonObject Parameter(string name, string place, string type, string? description)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["required"] = place == "path", ["schema"] = new JsonObject { ["type"] = type } };
        if (description is not null)
            parameter["description"] = description;
        return parameter;
    }

    private static JsonObject Reference(Type? type, JsonObject schemas)
    {
        if (type is null)
            return new JsonObject { ["type"] = "string" };
        string name = NameOf(type);
        if (!schemas.ContainsKey(name))
            schemas[name] = SchemaOf(type);
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    // References inside a schema point to its own root: made whole here, they hold wherever it stands.
    private static JsonNode SchemaOf(Type type)
    {
        JsonNode schema = ApiJson.Default.Options.GetJsonSchemaAsNode(type, Exporting);
        return JsonNode.Parse(schema.ToJsonString().Replace("\"$ref\":\"#", $"\"$ref\":\"#/components/schemas/{NameOf(type)}", StringComparison.Ordinal))!;
    }

    private static string NameOf(Type type) => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}Of{type.GetGenericArguments()[0].Name}" : type.Name;

    private static string OperationId(ApiRoute route) => route.Method.ToLowerInvariant() + string.Concat(
        route.Pattern.Split(['/', '-', '{', '}', '*'], StringSplitOptions.RemoveEmptyEntries).Where(static part => part is not ("api" or "v1")).Select(static part => char.ToUpperInvariant(part[0]) + part[1..]));
}
