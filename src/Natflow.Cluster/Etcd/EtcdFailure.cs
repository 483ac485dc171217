using System.Net;
using System.Text.Json;

namespace Natflow.Cluster.Etcd;

/// <summary>Tells from etcd's answer why it refused.</summary>
internal static class EtcdFailure
{
    /// <summary>Status of an answer that is no success.</summary>
    /// <param name="http">HTTP status.</param>
    /// <param name="body">Its body, whatever it is.</param>
    internal static (EtcdStatus Status, string Error) Of(HttpStatusCode http, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return EtcdJson.Child(root, "error") is { ValueKind: JsonValueKind.Object } error
                ? OfStream(error)
                : Of((int)EtcdJson.Long(root, "code"), EtcdJson.Text(root, "error"));
        }
        catch (Exception error) when (EtcdReply.IsNoJson(error))
        {
            return http == HttpStatusCode.ServiceUnavailable
                ? (EtcdStatus.Unavailable, "503")
                : (EtcdStatus.Invalid, http == HttpStatusCode.NotFound
                    ? "404: the member serves no JSON; one started with --config-file needs enable-grpc-gateway: true"
                    : $"{(int)http} and no JSON");
        }
    }

    /// <summary>Status of an error that came as a line of a stream.</summary>
    internal static (EtcdStatus Status, string Error) OfStream(JsonElement error) => Of((int)EtcdJson.Long(error, "grpc_code"), EtcdJson.Text(error, "message"));

    private static (EtcdStatus Status, string Error) Of(int code, string text) => (code switch
    {
        2 when text.Contains("deadline", StringComparison.Ordinal) || text.Contains("no leader", StringComparison.Ordinal) => EtcdStatus.Unavailable,
        3 when text.Contains("user name is empty", StringComparison.Ordinal) || text.Contains("authentication failed", StringComparison.Ordinal) => EtcdStatus.Unauthenticated,
        4 or 14 => EtcdStatus.Unavailable,
        5 => EtcdStatus.NotFound,
        7 => EtcdStatus.Forbidden,
        8 => EtcdStatus.Exhausted,
        11 => EtcdStatus.OutOfRange,
        16 => EtcdStatus.Unauthenticated,
        _ => EtcdStatus.Invalid,
    }, text);
}
