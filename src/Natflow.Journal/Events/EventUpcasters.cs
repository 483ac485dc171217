using System.Text.Json.Nodes;

namespace Natflow.Journal.Events;

/// <summary>How earlier versions of events become later ones.</summary>
internal static class EventUpcasters
{
    /// <summary>Version 1 of the port block events had <c>ports</c>, first and last joined by a hyphen; version 2 has the first and their number.</summary>
    internal static void PortBlockRange(JsonObject content)
    {
        string[] ports = Take(content, "ports").Split('-');
        int first = int.Parse(ports[0]);
        content["firstPort"] = first;
        content["portCount"] = int.Parse(ports[^1]) - first + 1;
    }

    /// <summary>Version 1 of <c>url-visited</c> had one <c>url</c>; version 2 has its parts.</summary>
    internal static void UrlParts(JsonObject content)
    {
        string url = Take(content, "url");
        int schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        string rest = schemeEnd < 0 ? url : url[(schemeEnd + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        content["scheme"] = schemeEnd < 0 ? "http" : url[..schemeEnd];
        content["host"] = slash < 0 ? rest : rest[..slash];
        if (slash >= 0)
            content["path"] = rest[slash..];
        content["hits"] ??= 1;
    }

    private static string Take(JsonObject content, string name)
    {
        string text = content[name]?.GetValue<string>() ?? throw new FormatException($"'{name}' is missing");
        content.Remove(name);
        return text;
    }
}
