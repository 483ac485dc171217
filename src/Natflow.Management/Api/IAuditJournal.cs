using Natflow.Management.Api.Models;

namespace Natflow.Management.Api;

/// <summary>What the journal answers. Any thread; few questions run at a time.</summary>
public interface IAuditJournal
{
    /// <summary>Who had a public endpoint at a time.</summary>
    /// <param name="publicAddress">As text.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="at">When.</param>
    /// <exception cref="IOException">The journal cannot be read now.</exception>
    Task<AuditWhoModel> Who(string publicAddress, int port, DateTimeOffset at);

    /// <summary>What is on record about a subscriber.</summary>
    /// <param name="address">As text.</param>
    /// <param name="from">Inclusive.</param>
    /// <param name="to">Inclusive.</param>
    /// <param name="limit">Most events.</param>
    /// <exception cref="IOException">The journal cannot be read now.</exception>
    Task<AuditEventsModel> User(string address, DateTimeOffset from, DateTimeOffset to, int limit);

    /// <summary>How the gateway stood at a time.</summary>
    /// <param name="at">When.</param>
    /// <param name="search">Part of a subscriber's or public address; null for all.</param>
    /// <param name="offset">Rows before the page.</param>
    /// <param name="limit">Rows of the page.</param>
    /// <exception cref="IOException">The journal cannot be read now.</exception>
    Task<AuditStateModel> State(DateTimeOffset at, string? search, int offset, int limit);
}
