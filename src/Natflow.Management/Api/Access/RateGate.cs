using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Access;

/// <summary>Most requests a second of one address, known or not, so that guessing tokens is slow and one client cannot take the API from the others.</summary>
internal sealed class RateGate(int requestsPerSecond) : IAsyncDisposable
{
    private const int BurstSeconds = 2;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = requestsPerSecond * BurstSeconds,
            TokensPerPeriod = Math.Max(1, requestsPerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(requestsPerSecond < 10 ? 1000.0 / requestsPerSecond : 100),
            QueueLimit = 0,
            AutoReplenishment = true,
        }));

    /// <summary>The step before the caller is looked at.</summary>
    internal async Task Check(HttpContext context, RequestDelegate next)
    {
        using RateLimitLease lease = _limiter.AttemptAcquire($"{context.Connection.RemoteIpAddress}");
        if (lease.IsAcquired)
        {
            await next(context);
            return;
        }

        context.Response.Headers.RetryAfter = "1";
        await ProblemAnswer.Of(StatusCodes.Status429TooManyRequests, $"more than {requestsPerSecond} requests a second").ExecuteAsync(context);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _limiter.DisposeAsync();
}
