using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Natflow.Cluster.Etcd;

/// <summary>JSON by source generation.</summary>
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class EtcdJsonContext : JsonSerializerContext;
