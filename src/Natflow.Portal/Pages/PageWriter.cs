using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Portal.Logins;

namespace Natflow.Portal.Pages;

/// <summary>Writes the pages: plain HTML that works without scripts, in any browser and for any reader. Everything that is not written here is encoded.</summary>
internal sealed class PageWriter(PortalSettings settings)
{
    private const string Mark =
        "<svg class=\"mark\" viewBox=\"0 0 48 48\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M6 19a26 26 0 0 1 36 0M12 26a17 17 0 0 1 24 0M18 33a8.500 8.500 0 0 1 12 0\"/><circle cx=\"24\" cy=\"39\" r=\"2.500\"/></svg>";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The login page.</summary>
    /// <param name="texts">Its language.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="seal">For its forms.</param>
    /// <param name="problem">What went wrong; empty for nothing.</param>
    /// <param name="note">What went right; empty for nothing.</param>
    internal string Login(PageTexts texts, in IpAddress client, string seal, string problem, string note)
    {
        var text = new StringBuilder();
        Begin(text, texts, settings.Title);
        if (problem.Length != 0)
            text.Append($"<p class=\"problem\" role=\"alert\">{Html(problem)}</p>");
        text.Append($"<p class=\"intro\"{(note.Length == 0 ? "" : " role=\"status\"")}>{Html(note.Length == 0 ? texts.Intro : $"{note} {texts.Intro}")}</p>");
        foreach (LoginMethod method in settings.Methods)
            Form(text, texts, method, seal);
        text.Append($"<footer><p>{Html(texts.YourAddress)}: {Html(client.ToString())}</p></footer>");
        return End(text);
    }

    /// <summary>The page of a session.</summary>
    internal string Status(PageTexts texts, UserView user, string seal)
    {
        var text = new StringBuilder();
        Begin(text, texts, texts.Online);
        text.Append("<dl>");
        if (user.Login.Length != 0)
            Row(text, texts.SignedInAs, NameOf(user.Login));
        Row(text, texts.TimeLeft, user.SessionMsLeft is { } left ? DurationOf(left / 1000) : texts.NoLimit);
        Row(text, texts.VolumeLeft, user.VolumeBytesLeft is { } bytes ? BytesOf(bytes) : texts.NoLimit);
        Row(text, texts.Received, BytesOf(user.Total.RxBytes));
        Row(text, texts.Sent, BytesOf(user.Total.TxBytes));
        Row(text, texts.SpeedDown, RateOf(user.Limits.DownBitsPerSecond, texts));
        Row(text, texts.SpeedUp, RateOf(user.Limits.UpBitsPerSecond, texts));
        text.Append("</dl><p class=\"ways\">");
        if (settings.LandingUrl.Length != 0)
            text.Append($"<a class=\"button\" href=\"{Html(settings.LandingUrl)}\" rel=\"noreferrer\">{Html(texts.Continue)}</a>");
        text.Append($"<a class=\"button plain\" href=\"/status\">{Html(texts.Refresh)}</a></p>");
        text.Append($"<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"seal\" value=\"{seal}\"><button class=\"plain\">{Html(texts.Disconnect)}</button></form>");
        return End(text);
    }

    /// <summary>A page that only says something.</summary>
    internal string Message(PageTexts texts, string message, bool hasLink)
    {
        var text = new StringBuilder();
        Begin(text, texts, settings.Title);
        text.Append($"<p class=\"problem\" role=\"alert\">{Html(message)}</p>");
        if (hasLink)
            text.Append($"<p class=\"ways\"><a class=\"button\" href=\"/\">{Html(texts.NotFoundLink)}</a></p>");
        return End(text);
    }

    /// <summary>What a refusal is in words.</summary>
    internal static string WordsOf(PageTexts texts, LoginRefusal refusal, LoginMethod method) => refusal switch
    {
        LoginRefusal.WrongCredentials => method == LoginMethod.Click ? texts.NotAgreed : texts.WrongCredentials,
        LoginRefusal.UsedUp => texts.UsedUp,
        LoginRefusal.TooMany => texts.TooMany,
        LoginRefusal.Unavailable => texts.Unavailable,
        LoginRefusal.Blocked => texts.Blocked,
        LoginRefusal.UnknownDevice => texts.UnknownDevice,
        LoginRefusal.TooManyDevices => texts.TooManyDevices,
        LoginRefusal.StalePage => texts.StalePage,
        LoginRefusal.NotOffered => texts.NotOffered,
        _ => "",
    };

    private static string Html(string text) => Encoder.Encode(text);

    private static string NameOf(string login)
    {
        int colon = login.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? login : login[(colon + 1)..];
    }

    private static void Begin(StringBuilder text, PageTexts texts, string heading) => text.Append(
        $"""
        <!DOCTYPE html>
        <html lang="{texts.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Html(heading)}</title>
        <link rel="stylesheet" href="/portal.css">
        <link rel="icon" href="data:,">
        </head>
        <body>
        <main>
        <header>{Mark}<h1>{Html(heading)}</h1></header>

        """);

    private static string End(StringBuilder text) => text.Append("\n</main>\n</body>\n</html>\n").ToString();

    private static void Row(StringBuilder text, string name, string value) => text.Append($"<div><dt>{Html(name)}</dt><dd>{Html(value)}</dd></div>");

    private void Form(StringBuilder text, PageTexts texts, LoginMethod method, string seal)
    {
        string id = IdOf(method);
        string heading = method switch { LoginMethod.Click => texts.Click, LoginMethod.Voucher => texts.Voucher, _ => texts.Account };
        text.Append($"<form method=\"post\" action=\"/login\" aria-labelledby=\"{id}-heading\"><h2 id=\"{id}-heading\">{Html(heading)}</h2>");
        text.Append($"<input type=\"hidden\" name=\"seal\" value=\"{seal}\"><input type=\"hidden\" name=\"method\" value=\"{id}\">");
        switch (method)
        {
            case LoginMethod.Click when settings.Terms.Length != 0:
                text.Append($"<p class=\"terms\">{Html(settings.Terms)}</p><p class=\"check\"><input type=\"checkbox\" id=\"agree\" name=\"agree\" value=\"yes\" required><label for=\"agree\">{Html(texts.Agree)}</label></p>");
                break;
            case LoginMethod.Voucher:
                text.Append($"<label for=\"voucher\">{Html(texts.VoucherCode)}</label><input id=\"voucher\" name=\"voucher\" class=\"code\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" maxlength=\"64\" required>");
                break;
            case LoginMethod.Password or LoginMethod.Radius:
                text.Append($"<label for=\"{id}-name\">{Html(texts.Name)}</label><input id=\"{id}-name\" name=\"name\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" required>");
                text.Append($"<label for=\"{id}-password\">{Html(texts.Password)}</label><input id=\"{id}-password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" maxlength=\"128\" required>");
                break;
        }

        text.Append($"<button>{Html(texts.Connect)}</button></form>");
    }

    /// <summary>The word of a method in forms.</summary>
    internal static string IdOf(LoginMethod method) => method switch
    {
        LoginMethod.Click => "click",
        LoginMethod.Voucher => "voucher",
        LoginMethod.Password => "password",
        _ => "radius",
    };

    private static string DurationOf(long seconds) => seconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds} s")
        : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min")
        : seconds < 172_800 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} h {seconds % 3600 / 60} min")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400} d {seconds % 86_400 / 3600} h");

    private static string BytesOf(ulong bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double size = bytes;
        int unit = 0;
        for (; size >= 1024 && unit < units.Length - 1; unit++)
            size /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{size.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}");
    }

    private static string RateOf(long bitsPerSecond, PageTexts texts) =>
        bitsPerSecond == 0 ? texts.NoLimit : string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond / 1e6:0.###} Mbit/s");
}
