namespace Natflow.Portal.Pages;

/// <summary>What the page says in one language.</summary>
internal sealed record PageTexts
{
    /// <summary>English.</summary>
    internal static PageTexts English { get; } = new PageTexts
    {
        Language = "en",
        Intro = "Sign in to use the internet.",
        Click = "Free access",
        Agree = "I agree to the terms",
        Voucher = "Voucher",
        VoucherCode = "Voucher code",
        Account = "Account",
        Name = "User name",
        Password = "Password",
        Connect = "Connect",
        Online = "You are online",
        SignedInAs = "Signed in as",
        TimeLeft = "Time left",
        VolumeLeft = "Data left",
        Received = "Received",
        Sent = "Sent",
        SpeedDown = "Download limit",
        SpeedUp = "Upload limit",
        NoLimit = "no limit",
        Continue = "Continue",
        Refresh = "Refresh",
        Disconnect = "Disconnect",
        LoggedOut = "You are disconnected.",
        YourAddress = "Your address",
        NotFound = "There is no such page.",
        NotFoundLink = "To the sign-in page",
        WrongCredentials = "That is not right. Please check what you typed and try again.",
        NotAgreed = "Please agree to the terms first.",
        UsedUp = "This voucher is used up.",
        TooMany = "Too many tries. Please wait a minute and try again.",
        Unavailable = "Accounts cannot be checked at the moment. Please try again later.",
        Blocked = "Access is blocked for this device. Please ask the staff.",
        UnknownDevice = "The gateway does not know this device yet. Open any web page that begins with http:// and try again.",
        TooManyDevices = "This login is in use on as many devices as it allows.",
        StalePage = "The page was open for too long. Please try again.",
        NotOffered = "This way of signing in is not offered here.",
        BadRequest = "The request could not be understood.",
    };

    /// <summary>German.</summary>
    internal static PageTexts German { get; } = new PageTexts
    {
        Language = "de",
        Intro = "Melden Sie sich an, um das Internet zu nutzen.",
        Click = "Freier Zugang",
        Agree = "Ich stimme den Bedingungen zu",
        Voucher = "Gutschein",
        VoucherCode = "Gutscheincode",
        Account = "Konto",
        Name = "Benutzername",
        Password = "Passwort",
        Connect = "Verbinden",
        Online = "Sie sind online",
        SignedInAs = "Angemeldet als",
        TimeLeft = "Restzeit",
        VolumeLeft = "Restvolumen",
        Received = "Empfangen",
        Sent = "Gesendet",
        SpeedDown = "Grenze Download",
        SpeedUp = "Grenze Upload",
        NoLimit = "ohne Grenze",
        Continue = "Weiter",
        Refresh = "Aktualisieren",
        Disconnect = "Trennen",
        LoggedOut = "Sie sind abgemeldet.",
        YourAddress = "Ihre Adresse",
        NotFound = "Diese Seite gibt es nicht.",
        NotFoundLink = "Zur Anmeldung",
        WrongCredentials = "Das stimmt nicht. Bitte prüfen Sie Ihre Eingabe und versuchen Sie es noch einmal.",
        NotAgreed = "Bitte stimmen Sie zuerst den Bedingungen zu.",
        UsedUp = "Dieser Gutschein ist aufgebraucht.",
        TooMany = "Zu viele Versuche. Bitte warten Sie eine Minute und versuchen Sie es noch einmal.",
        Unavailable = "Konten können gerade nicht geprüft werden. Bitte versuchen Sie es später noch einmal.",
        Blocked = "Der Zugang ist für dieses Gerät gesperrt. Bitte wenden Sie sich an das Personal.",
        UnknownDevice = "Das Gateway kennt dieses Gerät noch nicht. Öffnen Sie eine Seite, die mit http:// beginnt, und versuchen Sie es noch einmal.",
        TooManyDevices = "Diese Anmeldung wird schon auf so vielen Geräten genutzt, wie sie erlaubt.",
        StalePage = "Die Seite war zu lange offen. Bitte versuchen Sie es noch einmal.",
        NotOffered = "Diese Art der Anmeldung gibt es hier nicht.",
        BadRequest = "Die Anfrage war nicht zu verstehen.",
    };

    internal required string Language { get; init; }

    internal required string Intro { get; init; }

    internal required string Click { get; init; }

    internal required string Agree { get; init; }

    internal required string Voucher { get; init; }

    internal required string VoucherCode { get; init; }

    internal required string Account { get; init; }

    internal required string Name { get; init; }

    internal required string Password { get; init; }

    internal required string Connect { get; init; }

    internal required string Online { get; init; }

    internal required string SignedInAs { get; init; }

    internal required string TimeLeft { get; init; }

    internal required string VolumeLeft { get; init; }

    internal required string Received { get; init; }

    internal required string Sent { get; init; }

    internal required string SpeedDown { get; init; }

    internal required string SpeedUp { get; init; }

    internal required string NoLimit { get; init; }

    internal required string Continue { get; init; }

    internal required string Refresh { get; init; }

    internal required string Disconnect { get; init; }

    internal required string LoggedOut { get; init; }

    internal required string YourAddress { get; init; }

    internal required string NotFound { get; init; }

    internal required string NotFoundLink { get; init; }

    internal required string WrongCredentials { get; init; }

    internal required string NotAgreed { get; init; }

    internal required string UsedUp { get; init; }

    internal required string TooMany { get; init; }

    internal required string Unavailable { get; init; }

    internal required string Blocked { get; init; }

    internal required string UnknownDevice { get; init; }

    internal required string TooManyDevices { get; init; }

    internal required string StalePage { get; init; }

    internal required string NotOffered { get; init; }

    internal required string BadRequest { get; init; }

    /// <summary>The language that a browser prefers (RFC 9110 section 12.5.4): the first of its list that there is. Weights follow the order in what browsers send.</summary>
    internal static PageTexts For(string acceptLanguage)
    {
        foreach (Range range in acceptLanguage.AsSpan(0, Math.Min(acceptLanguage.Length, 200)).Split(','))
        {
            ReadOnlySpan<char> word = acceptLanguage.AsSpan()[range].Trim();
            if (word.StartsWith("de", StringComparison.OrdinalIgnoreCase))
                return German;
            if (word.StartsWith("en", StringComparison.OrdinalIgnoreCase))
                return English;
        }

        return English;
    }
}
