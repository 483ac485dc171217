using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Users;

namespace Natflow.Management.Control;

/// <summary>Routes on named sets.</summary>
internal sealed class SetRoutes(UserControl users)
{
    /// <summary>Adds the routes.</summary>
    internal void Map(WebApplication app)
    {
        app.MapGet("/v1/sets", List);
        app.MapPut("/v1/sets/{name}", Write);
        app.MapDelete("/v1/sets/{name}", (string name) => Answer(new SetWriteRequest(name, Text: null)));
    }

    private async Task<IResult> List() =>
        Results.Json(new SetsModel([.. (await users.ListSets()).Sets.Select(static set => new LoadedSetModel(set.Name, set.RangeCount, set.MacCount, set.Sources))]), ControlJson.Default.SetsModel);

    private async Task<IResult> Write(string name, HttpRequest request)
    {
        if (await BodyText.Read(request) is not { } text)
            return ProblemAnswer.Of(StatusCodes.Status400BadRequest, "the body is not UTF-8 text");
        return await Answer(new SetWriteRequest(name, text));
    }

    private async Task<IResult> Answer(SetWriteRequest request)
    {
        SetAnswer answer = await users.WriteSet(request);
        if (!answer.IsKnown)
            return ProblemAnswer.Of(StatusCodes.Status404NotFound, $"nobody has written a set '{request.Name}'");
        return answer.Errors.Count == 0
            ? Results.Json(new DeviceAnswerModel(IsTaken: true, []), ControlJson.Default.DeviceAnswerModel)
            : Results.Json(new DeviceAnswerModel(IsTaken: false, answer.Errors), ControlJson.Default.DeviceAnswerModel);
    }
}
