using System.Buffers.Binary;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Gateway;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>What is done to subscribers: status, rates, kicks. Each is on record with who asked for it.</summary>
internal sealed class UserChanges(ApiServices services)
{
    private const string Done = "done";
    private const string Gone = "the subscriber has gone";

    /// <summary>Sets status or rates.</summary>
    internal async Task<IResult> Change(HttpContext context)
    {
        if (!UserRoutes.TryRead(context, out IpAddress address, out ushort zone, out string? error))
            return ApiServices.Bad(error!);
        (UserChangeModel? change, string? mistake) = await ApiServices.Read(context, ApiJson.Default.UserChangeModel);
        if (change is null)
            return ApiServices.Bad(mistake!);
        if (Mistake(change, out PolicyLimits limits) is { } wrong)
            return ApiServices.Bad($"body: {wrong}");
        if (await UserRoutes.Find(services, address, zone) is not { } user)
            return UserRoutes.Unknown(address, zone);
        if (EntityTag.Conflict(context, UserRoutes.TagOf(user)) is { } conflict)
            return conflict;

        if (services.Target.Control.Users is { } users)
            await Apply(users, context, change, limits, address, zone);
        else if (change.Status is not null)
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, "this gateway keeps no users: isBlocked blocks a subscriber");
        else
            await Apply(context, change, limits, (uint)address.Value, zone);
        return await UserRoutes.Find(services, address, zone) is { } changed ? ApiServices.Json(changed, ApiJson.Default.SubscriberModel) : UserRoutes.Unknown(address, zone);
    }

    /// <summary>Sends a subscriber back to the start.</summary>
    internal async Task<IResult> Kick(HttpContext context)
    {
        await Empty(context);
        if (!UserRoutes.TryRead(context, out IpAddress address, out ushort zone, out string? error))
            return ApiServices.Bad(error!);
        if (services.Target.Control.Users is not { } users)
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, "this gateway keeps no users");
        UserCommandAnswer answer = await users.Do(new UserCommand(UserCommandKind.Kick, address), zone);
        services.Audit.Note(context, "user.kick", SubjectOf(address, zone), answer.Result.Error ?? Done);
        return answer.Result.IsTaken ? ApiServices.Json(new KickModel(answer.UserCount), ApiJson.Default.KickModel) : UserRoutes.Unknown(address, zone);
    }

    /// <summary>Sends all back to the start.</summary>
    internal async Task<IResult> KickAll(HttpContext context)
    {
        await Empty(context);
        if (services.Target.Control.Users is not { } users)
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, "this gateway keeps no users");
        UserCommandAnswer answer = await users.Do(new UserCommand(UserCommandKind.KickAll));
        services.Audit.Note(context, "user.kick", "all", string.Create(CultureInfo.InvariantCulture, $"done: {answer.UserCount} users"));
        return ApiServices.Json(new KickModel(answer.UserCount), ApiJson.Default.KickModel);
    }

    /// <summary>What is wrong with a change; null where nothing is, and then its rates.</summary>
    internal static string? Mistake(UserChangeModel change, out PolicyLimits limits)
    {
        limits = PolicyLimits.None;
        if (change is { IsBlocked: null, Status: null, RateUp: null, RateDown: null })
            return "status, isBlocked, or rateUp and rateDown are needed";
        if (change is { IsBlocked: not null, Status: not null })
            return "isBlocked and status say the same: one is enough";
        if (change.Status is not null && UserRoutes.StatusOf(change.Status) is null)
            return $"status '{change.Status}': none, ok, bypass, required, vip or blocked is needed";
        if ((change.RateUp is null) != (change.RateDown is null))
            return "rateUp and rateDown go together";
        if (change is { BurstMs: not null, RateUp: null })
            return "burstMs goes with rates";
        if (change.BurstMs is < 2 or > 60_000)
            return "burstMs is 2 to 60000";
        limits = new PolicyLimits(change.RateUp ?? 0, change.RateDown ?? 0, TimeSpan.FromMilliseconds(change.BurstMs ?? PolicyLimits.None.Burst.TotalMilliseconds));
        return limits.IsValid ? null : $"rates are 0 or {PolicyLimits.RateMin} to {PolicyLimits.RateMax} bit/s";
    }

    private static string SubjectOf(IpAddress address, ushort zone) => string.Create(CultureInfo.InvariantCulture, $"{address} zone {zone}");

    private static Task Empty(HttpContext context) => context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);

    private async Task Apply(UserControl users, HttpContext context, UserChangeModel change, PolicyLimits limits, IpAddress address, ushort zone)
    {
        AuthStatus? status = change.IsBlocked switch { true => AuthStatus.Blocked, false => AuthStatus.None, null => UserRoutes.StatusOf(change.Status) };
        string subject = SubjectOf(address, zone);
        if (status is { } wanted)
        {
            UserCommandAnswer answer = await users.Do(new UserCommand(UserCommandKind.SetStatus, address, Status: (byte)wanted), zone);
            string action = change.IsBlocked switch { true => "user.block", false => "user.unblock", null => $"user.status {change.Status}" };
            services.Audit.Note(context, action, subject, answer.Result.Error ?? Done);
        }

        if (change.RateUp is not null)
        {
            UserCommandAnswer answer = await users.Limit(address, limits, zone);
            NoteLimits(context, limits, subject, answer.Result.Error ?? Done);
        }
    }

    // A gateway without users: the shard's record is all there is.
    private async Task Apply(HttpContext context, UserChangeModel change, PolicyLimits limits, uint address, ushort zone)
    {
        DataPlane plane = services.Target.Control.Plane;
        int shard = plane.ShardOf(address, zone);
        string subject = SubjectOf(IpAddress.FromIpv4(address), zone);
        if (change.IsBlocked is { } isBlocked)
        {
            var request = new UserVerdictRequest(BinaryPrimitives.ReverseEndianness(address), zone, isBlocked ? Verdict.Drop : Verdict.Forward);
            UserVerdictAnswer answer = await plane.Ask<UserVerdictAnswer>(shard, request);
            services.Audit.Note(context, isBlocked ? "user.block" : "user.unblock", subject, answer.IsKnown ? Done : Gone);
        }

        if (change.RateUp is not null)
        {
            UserLimitAnswer answer = await plane.Ask<UserLimitAnswer>(shard, new UserLimitRequest(MappedAddress.Of(address), zone, limits));
            NoteLimits(context, limits, subject, answer.IsKnown ? Done : Gone);
        }
    }

    private void NoteLimits(HttpContext context, PolicyLimits limits, string subject, string outcome) => services.Audit.Note(
        context, "user.limit", string.Create(CultureInfo.InvariantCulture, $"{subject}: up {limits.UpBitsPerSecond} down {limits.DownBitsPerSecond} bit/s"), outcome);
}
