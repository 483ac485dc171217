using System.Net;
using System.Text;
using Natflow.Cluster.Etcd;

namespace Natflow.Cluster.Tests.Etcd;

/// <summary>Answers that are no answers: each has a status, none an exception.</summary>
public sealed class EtcdReplyTests
{
    private const string HalfSurrogate = "\\ud800";

    private static readonly Uri Member = new("http://etcd");

    [Theory]
    [InlineData("{\"kvs\":[{\"key\":\"" + HalfSurrogate + "\"}]}")]
    [InlineData("{\"kvs\":[{\"" + HalfSurrogate + "\":\"a\"}]}")]
    [InlineData("{\"error\":{\"message\":\"" + HalfSurrogate + "\"}}")]
    [InlineData("{\"kvs\":[")]
    [InlineData("")]
    public void Read_NoJson_IsInvalid(string body)
    {
        EtcdAnswer<EtcdRangeResult> answer = EtcdReply.Read(Member, HttpStatusCode.OK, Encoding.UTF8.GetBytes(body), static root => EtcdJson.Range(root, EtcdJson.Revision(root)));
        Assert.Equal(EtcdStatus.Invalid, answer.Status);
        Assert.NotEmpty(answer.Error);
    }

    [Fact]
    public void Read_KeyOfBytesThatAreNoUtf8_IsInvalid()
    {
        byte[] body = [.. "{\"kvs\":[{\"key\":\""u8, 0xFF, .. "\"}]}"u8];
        Assert.Equal(EtcdStatus.Invalid, EtcdReply.Read(Member, HttpStatusCode.OK, body, static root => EtcdJson.Range(root, 0)).Status);
    }

    [Theory]
    [InlineData("{\"error\":\"" + HalfSurrogate + "\",\"code\":14}")]
    [InlineData("{\"error\":{\"message\":\"" + HalfSurrogate + "\"}}")]
    public void Read_RefusalOfHalfASurrogate_IsInvalid(string body) =>
        Assert.Equal(EtcdStatus.Invalid, EtcdReply.Read(Member, HttpStatusCode.BadRequest, Encoding.UTF8.GetBytes(body), static _ => 0).Status);

    [Theory]
    [InlineData("{\"result\":{\"events\":[{\"type\":\"" + HalfSurrogate + "\"}]}}")]
    [InlineData("{\"result\":{\"events\":[{\"kv\":{\"key\":\"" + HalfSurrogate + "\"}}]}}")]
    [InlineData("no JSON")]
    public void Parse_LineOfHalfASurrogate_EndsTheStream(string line) => Assert.Null(EtcdWatcher.Parse(line));
}
