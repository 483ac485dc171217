namespace Natflow.Policy.Control;

/// <summary>A line of <c>natflow_userinfo_ctl</c>, read.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Address">The user; unused for None and KickAll.</param>
/// <param name="Status">Auth status, for SetStatus.</param>
/// <param name="RxBytesPerSecond">Download, 0 for no limit, for SetRates.</param>
/// <param name="TxBytesPerSecond">Upload, 0 for no limit, for SetRates.</param>
public readonly record struct UserCommand(UserCommandKind Kind, IpAddress Address = default, byte Status = 0, uint RxBytesPerSecond = 0, uint TxBytesPerSecond = 0)
{
    /// <summary>Reads a line. Whether the user exists (ENOENT) is for the owner of the users to say.</summary>
    public static ControlResult Parse(string line, out UserCommand command)
    {
        command = default;
        if (LineText.IsSilent(line))
            return ControlResult.Taken;
        if (LineText.TryRest(line, "kickall", out _))
        {
            command = new UserCommand(UserCommandKind.KickAll);
            return ControlResult.Taken;
        }

        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words[0] switch
        {
            "kick" => ParseKick(words, out command),
            "set-status" => ParseStatus(words, out command),
            "set-token-ctrl" => ParseRates(words, out command),
            _ => LineText.Unknown(line),
        };
    }

    private static ControlResult ParseKick(string[] words, out UserCommand command)
    {
        bool isUser = TryUser(words, out IpAddress address);
        command = isUser ? new UserCommand(UserCommandKind.Kick, address) : default;
        return isUser ? ControlResult.Taken : ControlResult.Invalid("expected kick <address>");
    }

    private static ControlResult ParseStatus(string[] words, out UserCommand command)
    {
        command = default;
        if (words.Length < 3 || !TryUser(words, out IpAddress address) || !LineText.TryNumber(words[2], uint.MaxValue, out uint status))
            return ControlResult.Invalid("expected set-status <address> <number>");
        command = new UserCommand(UserCommandKind.SetStatus, address, Status: (byte)status); // Modulo 256, as the original stores it.
        return ControlResult.Taken;
    }

    private static ControlResult ParseRates(string[] words, out UserCommand command)
    {
        command = default;
        if (words.Length < 4 || !TryUser(words, out IpAddress address)
            || !LineText.TryNumber(words[2], uint.MaxValue, out uint rx) || !LineText.TryNumber(words[3], uint.MaxValue, out uint tx))
        {
            return ControlResult.Invalid("expected set-token-ctrl <address> <download bytes/s> <upload bytes/s>");
        }

        command = new UserCommand(UserCommandKind.SetRates, address, RxBytesPerSecond: rx, TxBytesPerSecond: tx);
        return ControlResult.Taken;
    }

    private static bool TryUser(string[] words, out IpAddress address)
    {
        address = default;
        return words.Length > 1 && IpAddress.TryParse(words[1], out address);
    }
}
