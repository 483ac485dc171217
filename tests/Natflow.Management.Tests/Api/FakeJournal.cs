using Natflow.Management.Api;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Tests.Api;

/// <summary>A journal in which 10.0.0.10 had every port, and which can be away.</summary>
internal sealed class FakeJournal : IAuditJournal
{
    internal bool IsAway { get; set; }

    public Task<AuditWhoModel> Who(string publicAddress, int port, DateTimeOffset at) =>
        Answer(new AuditWhoModel(publicAddress, port, $"{at:O}", "10.0.0.10", 0, port & ~63, 64, "2026-11-22T10:00:00.000Z", null, "port-block", "nat-0 7"));

    public Task<AuditEventsModel> User(string address, DateTimeOffset from, DateTimeOffset to, int limit) =>
        Answer(new AuditEventsModel([new AuditEventModel(1, "2026-11-22T10:00:00.000Z", "user-seen", "users", 1, Content: null)], HasMore: false));

    public Task<AuditStateModel> State(DateTimeOffset at, string? search, int offset, int limit) => Answer(new AuditStateModel(
        "2026-11-22T10:00:00.000Z",
        1,
        1,
        1,
        [new AuditUserModel("10.0.0.10", 0, "alice", 0, 0, "forward", "2026-11-22T10:00:00.000Z")],
        [new AuditLeaseModel("203.0.113.1", 1024, 1087, "10.0.0.10", 0, "2026-11-22T10:00:00.000Z")]));

    private Task<T> Answer<T>(T answer) => IsAway ? Task.FromException<T>(new IOException("the store is away")) : Task.FromResult(answer);
}
