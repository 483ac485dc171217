using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Portal.Access;
using Natflow.Portal.Captive;
using Natflow.Portal.Logins;
using Natflow.Portal.Probes;

namespace Natflow.Portal.Pages;

/// <summary>Answers requests. Who asks is the other end of the connection; where an answer leads is the portal itself, or what its operator wrote.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class PortalPages(PortalAddress address, ISubscribers subscribers, LoginDesk desk, PageWriter writer, PortalStep step)
{
    private const string HtmlType = "text/html; charset=utf-8";

    /// <summary>Answers one request.</summary>
    internal async Task Answer(HttpContext context)
    {
        HttpRequest request = context.Request;
        IpAddress client = Peer.Of(context.Connection.RemoteIpAddress!);
        PageHeaders.Add(context.Response.Headers);
        PageTexts texts = PageTexts.For(request.Headers.AcceptLanguage.ToString());
        if (!step.Requests.TryPass(client))
        {
            context.Response.Headers.RetryAfter = "1";
            await Write(context, StatusCodes.Status429TooManyRequests, writer.Message(texts, texts.TooMany, hasLink: false));
            return;
        }

        if (!address.IsOwn(request.Host.Host))
            await AnswerStranger(context, client);
        else if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            await AnswerGet(context, texts, client);
        else if (HttpMethods.IsPost(request.Method) && request.Path.Value is "/login" or "/logout")
            await AnswerPost(context, texts, client);
        else
            await Refuse(context, texts, request.Path.Value is "/login" or "/logout" ? "POST" : "GET, HEAD");
    }

    private static bool IsOnline(UserView? user) => user is not null && user.Auth.Status is not (AuthStatus.Required or AuthStatus.Blocked or AuthStatus.None);

    // Asked by another's name: DNS leads here. A system's probe hears what it wants to hear once its user is in; everybody else is sent to the page.
    private async Task AnswerStranger(HttpContext context, IpAddress client)
    {
        HttpRequest request = context.Request;
        Probe? probe = ProbeTable.Find(request.Host.Host, $"{request.Path}{request.QueryString}");
        if (probe is not null && IsOnline(await subscribers.Find(client)))
        {
            context.Response.StatusCode = probe.Status;
            if (probe.Body.Length != 0)
                await context.Response.WriteAsync(probe.Body, context.RequestAborted);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = address.RootFor(client);
    }

    private async Task AnswerGet(HttpContext context, PageTexts texts, IpAddress client)
    {
        switch (context.Request.Path.Value)
        {
            case "/" or "/index.html" or "/status":
                await Show(context, texts, client, context.Request.Query.ContainsKey("bye") ? texts.LoggedOut : "");
                return;
            case "/portal.css":
                context.Response.ContentType = "text/css; charset=utf-8";
                context.Response.Headers.CacheControl = "max-age=3600";
                await context.Response.Body.WriteAsync(step.Style, context.RequestAborted);
                return;
            case CaptiveOptions.ApiPath:
                await AnswerApi(context, client);
                return;
            case "/login" or "/logout":
                await Refuse(context, texts, "POST");
                return;
            default:
                await Write(context, StatusCodes.Status404NotFound, writer.Message(texts, texts.NotFound, hasLink: true));
                return;
        }
    }

    private async Task Show(HttpContext context, PageTexts texts, IpAddress client, string note)
    {
        UserView? user = await subscribers.Find(client);
        if (user?.Auth.Status == AuthStatus.Blocked)
        {
            await Write(context, StatusCodes.Status403Forbidden, writer.Message(texts, texts.Blocked, hasLink: false));
            return;
        }

        string seal = step.Seal.Make(client, Visit(context));
        await Write(context, StatusCodes.Status200OK, IsOnline(user) ? writer.Status(texts, user!, seal) : writer.Login(texts, client, seal, "", note));
    }

    private async Task AnswerApi(HttpContext context, IpAddress client)
    {
        UserView? user = await subscribers.Find(client);
        bool isOnline = IsOnline(user);
        var state = new CaptiveState(
            Captive: !isOnline,
            address.SecureRoot,
            null,
            isOnline && user!.SessionMsLeft is not null ? true : null,
            isOnline ? user!.SessionMsLeft / 1000 : null,
            isOnline ? user!.VolumeBytesLeft : null);
        context.Response.Headers.CacheControl = "private, max-age=0";
        context.Response.ContentType = "application/captive+json";
        await System.Text.Json.JsonSerializer.SerializeAsync(context.Response.Body, state, CaptiveJson.Default.CaptiveState, context.RequestAborted);
    }

    private async Task AnswerPost(HttpContext context, PageTexts texts, IpAddress client)
    {
        (LoginForm? form, int status) = await LoginForm.Read(context.Request);
        if (form is null)
        {
            await Write(context, status, writer.Message(texts, texts.BadRequest, hasLink: true));
            return;
        }

        string? visit = context.Request.Cookies[FormSeal.CookieName];
        bool isOwn = Origin.IsOwn(context.Request) && FormSeal.IsVisit(visit) && step.Seal.IsOf(form["seal"], client, visit!);
        if (!isOwn)
        {
            await Deny(context, texts, client, LoginRefusal.StalePage, LoginMethod.Click);
            return;
        }

        if (context.Request.Path.Value == "/logout")
        {
            await subscribers.LogOut(client);
            Redirect(context, "/?bye");
            return;
        }

        LoginMethod? method = Enum.GetValues<LoginMethod>().Where(known => PageWriter.IdOf(known) == form["method"]).Cast<LoginMethod?>().FirstOrDefault();
        LoginRefusal refusal = method is { } chosen
            ? await desk.LogIn(chosen, client, step.PortOf(context.Connection.LocalIpAddress!), form, context.RequestAborted)
            : LoginRefusal.NotOffered;
        if (refusal == LoginRefusal.None)
            Redirect(context, "/status");
        else
            await Deny(context, texts, client, refusal, method ?? LoginMethod.Click);
    }

    private async Task Deny(HttpContext context, PageTexts texts, IpAddress client, LoginRefusal refusal, LoginMethod method)
    {
        string words = PageWriter.WordsOf(texts, refusal, method);
        if (refusal == LoginRefusal.TooMany)
            context.Response.Headers.RetryAfter = "60";
        int status = refusal switch
        {
            LoginRefusal.TooMany => StatusCodes.Status429TooManyRequests,
            LoginRefusal.Unavailable => StatusCodes.Status503ServiceUnavailable,
            LoginRefusal.UnknownDevice or LoginRefusal.TooManyDevices => StatusCodes.Status409Conflict,
            LoginRefusal.NotOffered => StatusCodes.Status400BadRequest,
            _ => StatusCodes.Status403Forbidden,
        };
        await Write(context, status, refusal == LoginRefusal.Blocked
            ? writer.Message(texts, words, hasLink: false)
            : writer.Login(texts, client, step.Seal.Make(client, Visit(context)), words, ""));
    }

    private async Task Refuse(HttpContext context, PageTexts texts, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        await Write(context, StatusCodes.Status405MethodNotAllowed, writer.Message(texts, texts.BadRequest, hasLink: true));
    }

    private static void Redirect(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    private static string Visit(HttpContext context)
    {
        if (context.Request.Cookies[FormSeal.CookieName] is { } known && FormSeal.IsVisit(known))
            return known;
        string visit = FormSeal.NewVisit();
        context.Response.Cookies.Append(FormSeal.CookieName, visit, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/" });
        return visit;
    }

    private static async Task Write(HttpContext context, int status, string html)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = HtmlType;
        await context.Response.WriteAsync(html, context.RequestAborted);
    }
}
