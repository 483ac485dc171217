using System.Net;
using System.Text.Json;

namespace Natflow.Cluster.Etcd;

/// <summary>Reads what etcd answered: any bytes give a status.</summary>
internal static class EtcdReply
{
    /// <summary>Whether an exception says that bytes are no JSON.</summary>
    /// <remarks>A text of half a surrogate pair, or of bytes that are no UTF-8, is found where it is read, as an operation that is not possible.</remarks>
    internal static bool IsNoJson(Exception error) => error is JsonException or InvalidOperationException;

    /// <summary>Reads an answer.</summary>
    /// <typeparam name="T">What it brings.</typeparam>
    /// <param name="endpoint">Whose it is.</param>
    /// <param name="http">HTTP status.</param>
    /// <param name="body">Its body.</param>
    /// <param name="read">Reads the JSON of a success.</param>
    internal static EtcdAnswer<T> Read<T>(Uri endpoint, HttpStatusCode http, ReadOnlyMemory<byte> body, Func<JsonElement, T> read)
    {
        if ((int)http is < 200 or > 299)
            return Refused<T>(EtcdFailure.Of(http, body));
        try
        {
            using var document = JsonDocument.Parse(body);
            return EtcdJson.Child(document.RootElement, "error") is { ValueKind: JsonValueKind.Object } inStream
                ? Refused<T>(EtcdFailure.OfStream(inStream))
                : new EtcdAnswer<T>(EtcdStatus.Ok, read(document.RootElement), string.Empty);
        }
        catch (Exception error) when (IsNoJson(error))
        {
            return new EtcdAnswer<T>(EtcdStatus.Invalid, default, $"{endpoint}: an answer that is no JSON");
        }
    }

    private static EtcdAnswer<T> Refused<T>((EtcdStatus Status, string Error) failure) => new(failure.Status, default, failure.Error);
}
