using System.Net.Http.Json;

namespace Natflow.Cluster.Tests.Etcd;

/// <summary>Turns password authentication on.</summary>
internal static class EtcdAuth
{
    internal static async Task Enable(Uri endpoint, string password)
    {
        using var http = new HttpClient { BaseAddress = endpoint };
        await Post("user/add", new { name = "root", password });
        await Post("role/add", new { name = "root" });
        await Post("user/grant", new { user = "root", role = "root" });
        await Post("enable", new { });

        async Task Post(string path, object body)
        {
            using HttpResponseMessage response = await http.PostAsJsonAsync($"/v3/auth/{path}", body);
            response.EnsureSuccessStatusCode();
        }
    }
}
