using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Cluster;

/// <summary>Asks a member of a lab's etcd from its own namespace.</summary>
internal static class EtcdMember
{
    private const int Port = 2379;
    private const int TimeoutMs = 2000;

    private static readonly byte[] Question =
        "POST /v3/maintenance/status HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray();

    /// <summary>Whether it leads.</summary>
    /// <param name="name">Its namespace.</param>
    /// <param name="address">Its address there.</param>
    internal static bool IsLeader(string name, string address)
    {
        string answer = NetworkNamespace.Run(name, () => Ask(address));
        int body = answer.IndexOf('{', StringComparison.Ordinal);
        if (body < 0)
            return false;
        try
        {
            using var json = JsonDocument.Parse(answer[body..(answer.LastIndexOf('}') + 1)]);
            return json.RootElement.TryGetProperty("leader", out JsonElement leader)
                && json.RootElement.GetProperty("header").GetProperty("member_id").GetString() == leader.GetString();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Ask(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = TimeoutMs, SendTimeout = TimeoutMs };
        try
        {
            socket.Connect(IPAddress.Parse(address), Port);
            _ = socket.Send(Question);
            byte[] bytes = new byte[16 * 1024];
            int length = 0;
            while (length < bytes.Length && socket.Receive(bytes.AsSpan(length)) is > 0 and int count)
                length += count;
            return Encoding.UTF8.GetString(bytes, 0, length);
        }
        catch (SocketException)
        {
            return string.Empty;
        }
    }
}
