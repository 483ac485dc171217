using System.Net;
using System.Text;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Fuzz.Targets;

/// <summary>
/// Answers of etcd's JSON gateway: whole ones, errors, lines of a watch; and the keys in them as a view of the cluster. The first byte chooses which. A node that was
/// read and is written again reads the same.
/// </summary>
internal sealed class EtcdTarget : FuzzTarget
{
    private const int ShardCount = 4;
    private const int Kinds = 4;

    private static readonly Uri Member = new("http://etcd");
    private static readonly ClusterKeys Keys = new("c");

    public override string Name => "etcd";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds()
    {
        string node = new ClusterNode("a", NodeState.Up, 100, 7, "10.0.0.1:7", "-").ToText();
        string items = string.Join(',', Item(Keys.Node("a"), node), Item(Keys.Owner(1), "a"), Item(Keys.Plan(1), "1 a b 0"), Item(Keys.Copy(1), "1 b 5"), Item(Keys.Leader, "a"), Item(Keys.Drain("a"), "1"));
        yield return Seed(0, $"{{\"header\":{{\"revision\":\"9\"}},\"kvs\":[{items}],\"more\":true}}");
        yield return Seed(1, $"{{\"header\":{{\"revision\":\"9\"}},\"succeeded\":true,\"responses\":[{{\"response_range\":{{\"kvs\":[{items}]}}}},{{\"response_put\":{{}}}}]}}");
        yield return Seed(1, "{\"error\":{\"grpc_code\":16,\"message\":\"etcdserver: invalid auth token\"}}");
        yield return Seed(2, "{\"error\":\"etcdserver: user name is empty\",\"code\":3}");
        yield return Seed(2, "404 page not found");
        yield return Seed(3, $"{{\"result\":{{\"header\":{{\"revision\":\"9\"}},\"events\":[{{\"kv\":{Item(Keys.Node("a"), node)}}},{{\"type\":\"DELETE\",\"kv\":{{\"key\":\"{EtcdJson.Encode(Keys.Owner(1))}\",\"mod_revision\":12}}}}]}}}}");
        yield return Seed(3, "{\"result\":{\"canceled\":true,\"compact_revision\":\"5\"}}");
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        byte[] body = input[1..].ToArray();
        var view = new ClusterView(Keys, ShardCount);
        outcome.Add(input[0] % Kinds);
        switch (input[0] % Kinds)
        {
            case 0:
                EtcdAnswer<EtcdRangeResult> range = EtcdReply.Read(Member, HttpStatusCode.OK, body, static root => EtcdJson.Range(root, EtcdJson.Revision(root)));
                Note(range, ref outcome);
                if (range.IsOk) view.Load(range.Value);
                break;
            case 1:
                EtcdAnswer<EtcdTransactionResult> done = EtcdReply.Read(Member, HttpStatusCode.OK, body, EtcdJson.Transaction);
                Note(done, ref outcome);
                if (done.IsOk) view.Load(new EtcdRangeResult(done.Value.Revision, done.Value.Reads, HasMore: false));
                break;
            case 2:
                Note(EtcdReply.Read(Member, HttpStatusCode.BadRequest, body, static _ => 0), ref outcome);
                break;
            default:
                EtcdWatchBatch? batch = EtcdWatcher.Parse(Encoding.UTF8.GetString(body));
                outcome.Add(batch is null);
                if (batch is not null) view.Apply(batch);
                break;
        }

        Check(view, ref outcome);
        return outcome.Value;
    }

    private static byte[] Seed(byte kind, string text) => [kind, .. Encoding.UTF8.GetBytes(text)];

    private static string Item(string key, string value) =>
        $"{{\"key\":\"{EtcdJson.Encode(key)}\",\"value\":\"{EtcdJson.Encode(value)}\",\"create_revision\":\"3\",\"mod_revision\":\"{key.Length}\",\"lease\":\"7\"}}";

    private static void Note<T>(EtcdAnswer<T> answer, ref Outcome outcome)
    {
        if (answer.IsOk != (answer.Error.Length == 0) && answer.IsOk) throw new InvalidOperationException("done, with an error");
        outcome.Add((int)answer.Status);
    }

    private static void Check(ClusterView view, ref Outcome outcome)
    {
        foreach ((string id, ClusterNode node) in view.Nodes)
        {
            if (ClusterNode.Parse(id, node.ToText()) != node) throw new InvalidOperationException(node.ToText());
        }

        outcome.AddSize(view.Nodes.Count);
        outcome.Add(view.Leader.Length != 0);
        outcome.Add(view.Owners.Any(static owner => owner.IsSomebody));
        outcome.Add(view.Copies.Any(static copy => copy.Node.Length != 0));
        outcome.AddSize(view.Draining.Count);
    }
}
