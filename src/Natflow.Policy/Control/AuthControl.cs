using System.Text;
using Natflow.Policy.Auth;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>natflow_user_ctl</c>.</summary>
public static class AuthControl
{
    /// <summary>Applies a line.</summary>
    /// <param name="model">The model before it.</param>
    /// <param name="line">One line without its newline.</param>
    public static ControlStep<AuthModel> Apply(AuthModel model, string line)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (LineText.IsSilent(line))
            return new(model, ControlResult.Taken);
        if (string.Equals(line.TrimEnd(), "clean", StringComparison.Ordinal))
            return new(model with { Rules = [], DestinationBypassSet = "", SourceBypassSet = "" }, ControlResult.Taken);
        if (LineText.TryRest(line, "update_mag", out _))
            return new(model with { Generation = unchecked((ushort)(model.Generation + 1)) }, ControlResult.Taken, ControlAction.RenewAuth);
        if (LineText.TryRest(line, "auth ", out string rest))
            return AddRule(model, rest);
        if (LineText.TryRest(line, "dst_bypasslist_name=", out rest))
            return IsOptionalSet(rest) ? new(model with { DestinationBypassSet = rest }, ControlResult.Taken) : new(model, BadSet(rest));
        if (LineText.TryRest(line, "src_bypasslist_name=", out rest))
            return IsOptionalSet(rest) ? new(model with { SourceBypassSet = rest }, ControlResult.Taken) : new(model, BadSet(rest));
        if (LineText.TryRest(line, "redirect_ip=", out rest))
            return IpAddress.TryParse(rest.AsSpan().Trim(), out IpAddress ip) && !ip.IsIpv6 ? new(model with { RedirectIp = ip }, ControlResult.Taken) : new(model, BadAddress(rest));
        if (LineText.TryRest(line, "redirect_ip6=", out rest))
            return IpAddress.TryParse(rest.AsSpan().Trim(), out IpAddress ip) && ip.IsIpv6 ? new(model with { RedirectIp6 = ip }, ControlResult.Taken) : new(model, BadAddress(rest));
        return ApplyNumber(model, line);
    }

    /// <summary>Prints the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="format">How much of it.</param>
    public static string Dump(AuthModel model, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(model);
        var text = new StringBuilder("# Usage:\n#    auth id=<n>,szone=<n>,type=<auto|web>,sipgrp=<set>,ipwhite=<set>,macwhite=<set>\n#    clean, update_magic, and the settings below\n#\n# Info:\n");
        AppendSettings(text, model, "#    ");
        text.Append("#\n# Reload cmd:\n\nclean\n\n");
        if (format == DumpFormat.Replayable)
            AppendSettings(text, model, "");
        foreach (AuthRule rule in model.Rules)
            text.Append(rule).Append('\n');
        return text.ToString();
    }

    private static void AppendSettings(StringBuilder text, AuthModel model, string indent)
    {
        bool isComment = indent.Length > 0;
        text.Append(indent).Append("disabled=").Append(model.IsDisabled ? 1 : 0).Append('\n');
        if (isComment)
            text.Append(indent).Append("auth_conf_magic=").Append(model.Generation).Append('\n');
        text.Append(indent).Append("redirect_ip=").Append(model.RedirectIp).Append('\n')
            .Append(indent).Append("redirect_ip6=").Append(model.RedirectIp6).Append('\n')
            .Append(indent).Append("no_flow_timeout=").Append(model.NoFlowTimeoutSeconds).Append('\n')
            .Append(indent).Append("auth_open_weixin_reply=").Append(model.AnswersWeixin ? 1 : 0).Append('\n')
            .Append(indent).Append("https_redirect_en=").Append(model.RedirectsHttps ? 1 : 0).Append('\n')
            .Append(indent).Append("https_redirect_port=").Append(model.HttpsRedirectPort).Append('\n');
        if (isComment)
            text.Append(indent).Append("rule(s) num=").Append(model.Rules.Length).Append('\n');
        text.Append(indent).Append("dst_bypasslist_name=").Append(model.DestinationBypassSet).Append('\n')
            .Append(indent).Append("src_bypasslist_name=").Append(model.SourceBypassSet).Append('\n');
    }

    private static ControlStep<AuthModel> ApplyNumber(AuthModel model, string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        bool isNumber = LineText.TryNumber(line.AsSpan(equals + 1), uint.MaxValue, out uint number) && equals >= 0;
        switch (equals < 0 ? line : line[..equals])
        {
            case "https_redirect_port":
                return LineText.TryStrictNumber(line.AsSpan(equals + 1), ushort.MaxValue, out number) && equals >= 0
                    ? new(model with { HttpsRedirectPort = (ushort)number }, ControlResult.Taken)
                    : new(model, ControlResult.Invalid($"'{LineText.Shown(line)}': a port from 0 to 65535 was expected"));
            case "disabled":
                return isNumber ? new(model with { IsDisabled = number != 0 }, ControlResult.Taken) : new(model, LineText.BadNumber(line, uint.MaxValue));
            case "no_flow_timeout":
                return isNumber ? new(model with { NoFlowTimeoutSeconds = number }, ControlResult.Taken) : new(model, LineText.BadNumber(line, uint.MaxValue));
            case "https_redirect_en":
                return isNumber ? new(model with { RedirectsHttps = number != 0 }, ControlResult.Taken) : new(model, LineText.BadNumber(line, uint.MaxValue));
            case "auth_open_weixin_reply":
                return isNumber ? new(model with { AnswersWeixin = number != 0 }, ControlResult.Taken) : new(model, LineText.BadNumber(line, uint.MaxValue));
            default:
                return new(model, LineText.Unknown(line));
        }
    }

    private static ControlStep<AuthModel> AddRule(AuthModel model, string rest)
    {
        if (!AuthRuleText.TryParse(rest, out AuthRule? rule, out ControlResult result))
            return new(model, result);
        return model.Rules.Length == AuthModel.RuleCountMax
            ? new(model, ControlResult.Refused(ControlErrno.NoMemory, $"there are {AuthModel.RuleCountMax} auth rules already"))
            : new(model with { Rules = model.Rules.Add(rule) }, ControlResult.Taken);
    }

    private static bool IsOptionalSet(string name) => name.Length == 0 || LineText.IsSetName(name);

    private static ControlResult BadSet(string name) => ControlResult.Ignored($"'{LineText.Shown(name)}': a set name has 1 to {LineText.SetNameMax} characters, no blank and no comma");

    private static ControlResult BadAddress(string text) => ControlResult.Ignored($"'{LineText.Shown(text)}' is no address of the family");
}
