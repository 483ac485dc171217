using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;

namespace Natflow.Management.Control;

/// <summary>Routes on users and control devices.</summary>
internal sealed class UserRoutes(UserControl users)
{
    private const int LimitDefault = 100;
    private const int LimitMax = 10_000;
    private const long SessionSecondsMax = 10L * 366 * 86_400;

    /// <summary>Adds the routes.</summary>
    internal void Map(WebApplication app)
    {
        app.MapGet("/v1/users", List);
        app.MapPost("/v1/users/kick", (HttpRequest request) => Change(request, address => users.Do(new UserCommand(UserCommandKind.Kick, address))));
        app.MapPost("/v1/users/kickall", KickAll);
        app.MapPost("/v1/users/block", (HttpRequest request) => Change(request, address => SetStatus(address, AuthStatus.Blocked)));
        app.MapPost("/v1/users/status", (HttpRequest request) => Status(request));
        app.MapPost("/v1/users/limit", (HttpRequest request) => Limit(request));
        app.MapPost("/v1/users/login", (HttpRequest request) => Login(request));
        app.MapPost("/v1/users/session", (HttpRequest request) => Session(request));
        app.MapPost("/v1/users/logout", (HttpRequest request) => Change(request, users.LogOut));
        app.MapGet("/v1/ctl/{device}", Dump);
        app.MapPost("/v1/ctl/{device}", Write);
    }

    private static Task<IResult> Refuse(string detail) => Task.FromResult(ProblemAnswer.Of(StatusCodes.Status400BadRequest, detail));

    private async Task<IResult> List(HttpRequest request)
    {
        IpAddress? address = null;
        if (request.Query["address"].ToString() is { Length: > 0 } text)
        {
            if (!IpAddress.TryParse(text, out IpAddress parsed))
                return await Refuse($"address '{text}': an IPv4 or IPv6 address is needed");
            address = parsed;
        }

        int limit = LimitDefault;
        string given = request.Query["limit"].ToString();
        if (given.Length > 0 && (!int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LimitMax))
            return await Refuse($"limit '{given}': 1 to {LimitMax} is needed");
        UserPage page = await users.Page(new UserPageRequest(address, 0, limit));
        return Results.Json(new UsersModel([.. page.Users.Select(UserModel.Of)], page.Next is not null, page.TotalCount), ControlJson.Default.UsersModel);
    }

    private async Task<IResult> KickAll() => Answer(await users.Do(new UserCommand(UserCommandKind.KickAll)));

    private Task<UserCommandAnswer> SetStatus(IpAddress address, AuthStatus status) => users.Do(new UserCommand(UserCommandKind.SetStatus, address, Status: (byte)status));

    private Task<IResult> Status(HttpRequest request)
    {
        string text = request.Query["status"].ToString();
        AuthStatus? status = text switch
        {
            "none" => AuthStatus.None,
            "ok" => AuthStatus.Ok,
            "bypass" => AuthStatus.Bypass,
            "required" => AuthStatus.Required,
            "vip" => AuthStatus.Vip,
            "blocked" => AuthStatus.Blocked,
            _ => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte number) ? (AuthStatus)number : null,
        };
        return status is { } known
            ? Change(request, address => SetStatus(address, known))
            : Refuse($"status '{text}': none, ok, bypass, required, vip, blocked or a number from 0 to 255 is needed");
    }

    private Task<IResult> Limit(HttpRequest request)
    {
        if (!TryRate(request, "down", out long down) || !TryRate(request, "up", out long up))
            return Refuse($"down and up: rates in bit/s are needed, 0 for none or {PolicyLimits.RateMin} to {PolicyLimits.RateMax}");
        return Change(request, address => users.Limit(address, new PolicyLimits(up, down, PolicyLimits.None.Burst)));
    }

    private Task<IResult> Login(HttpRequest request)
    {
        string seconds = request.Query["seconds"].ToString();
        long session = 0;
        if (seconds.Length > 0 && !long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out session))
            return Refuse($"seconds '{seconds}': a number is needed");
        return Change(request, address => users.LogIn(new LoginRequest(address, request.Query["login"].ToString(), session, PolicyLimits.None, 0, 0)));
    }

    // What is not named stays.
    private Task<IResult> Session(HttpRequest request)
    {
        if (!TryNumber(request, "seconds", out long? seconds) || !TryNumber(request, "volume", out long? volume) || !TryNumber(request, "devices", out long? devices)
            || !TryNumber(request, "down", out long? down) || !TryNumber(request, "up", out long? up) || devices > ushort.MaxValue || seconds > SessionSecondsMax)
        {
            return Refuse($"seconds (0 to {SessionSecondsMax}), volume, devices (0 to {ushort.MaxValue}), down and up: numbers are needed, 0 for no limit");
        }

        if ((seconds ?? volume ?? devices ?? down ?? up) is null || (down is null) != (up is null))
            return Refuse("seconds, volume, devices, or down and up together are needed");
        return Change(request, address => users.Change(new SessionChangeRequest(address)
        {
            SecondsLeft = seconds,
            VolumeBytesLeft = (ulong?)volume,
            DeviceCountMax = (ushort?)devices,
            Limits = down is { } toUser && up is { } fromUser ? new PolicyLimits(fromUser, toUser, PolicyLimits.None.Burst) : null,
        }));
    }

    private static bool TryNumber(HttpRequest request, string name, out long? number)
    {
        number = null;
        string text = request.Query[name].ToString();
        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed);
        if (isNumber)
            number = parsed;
        return isNumber || text.Length == 0;
    }

    private static bool TryRate(HttpRequest request, string name, out long rate)
    {
        rate = 0;
        string text = request.Query[name].ToString();
        return text.Length == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out rate);
    }

    private static async Task<IResult> Change(HttpRequest request, Func<IpAddress, Task<UserCommandAnswer>> change)
    {
        string text = request.Query["address"].ToString();
        return IpAddress.TryParse(text, out IpAddress address) ? Answer(await change(address)) : await Refuse($"address '{text}': an IPv4 or IPv6 address is needed");
    }

    private static IResult Answer(UserCommandAnswer answer)
    {
        if (answer.Result.IsTaken)
            return Results.Json(new UserAnswerModel(answer.UserCount), ControlJson.Default.UserAnswerModel);
        int status = answer.Result.Errno == ControlErrno.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;
        return ProblemAnswer.Of(status, answer.Result.Error!);
    }

    private async Task<IResult> Dump(string device, HttpRequest request)
    {
        if (!ControlDeviceNames.TryParse(device, out ControlDevice known))
            return await Refuse($"'{device}' is no device; there are {string.Join(", ", ControlDeviceNames.All.Keys)}");
        DumpFormat format = request.Query["format"] == "replayable" ? DumpFormat.Replayable : DumpFormat.Original;
        return Results.Json(new DeviceDumpModel(await users.Dump(known, format)), ControlJson.Default.DeviceDumpModel);
    }

    // All lines of a request or none of them.
    private async Task<IResult> Write(string device, HttpRequest request)
    {
        if (!ControlDeviceNames.TryParse(device, out ControlDevice known))
            return await Refuse($"'{device}' is no device; there are {string.Join(", ", ControlDeviceNames.All.Keys)}");
        var cutter = new ControlLines();
        byte[] body = await BodyText.ReadBytes(request);
        var lines = new List<string>();
        for (ReadOnlyMemory<byte> rest = (byte[])[.. body, (byte)'\n']; !rest.IsEmpty;)
        {
            ControlResult result = cutter.Take(rest.Span, out int consumed, out string? line);
            if (!result.IsTaken)
                return await Refuse($"line {lines.Count + 1}: {result.Error}");
            lines.Add(line ?? "");
            rest = rest[consumed..];
        }

        ControlLinesAnswer answer = await users.Write(known, lines, isWhole: true);
        return Results.Json(
            new DeviceAnswerModel(answer.IsTaken, [.. answer.Refused.Select(static refused => $"line {refused.Number}: {refused.Error}")]), ControlJson.Default.DeviceAnswerModel);
    }
}
