using System.Globalization;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Models;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Management.Api.Rules;

/// <summary>The tables of rules that are read and written whole.</summary>
internal static class RuleTables
{
    private const int BitsPerByte = 8;
    private const long RateMin = 8000;

    /// <summary>QoS rules.</summary>
    internal static RuleTable<QosTableModel> Qos { get; } =
        new("qos", ControlDevice.Qos, static models => models.Models.Qos, static models => QosOf(models.Models.Qos), LinesOf, ApiJson.Default.QosTableModel);

    /// <summary>Zone rules.</summary>
    internal static RuleTable<ZoneTableModel> Zones { get; } =
        new("zones", ControlDevice.Zone, static models => models.Models.Zones, static models => ZonesOf(models.Models.Zones), LinesOf, ApiJson.Default.ZoneTableModel);

    /// <summary>Auth rules.</summary>
    internal static RuleTable<AuthTableModel> Auth { get; } =
        new("auth-rules", ControlDevice.User, static models => models.Models.Auth, static models => AuthOf(models.Models.Auth), LinesOf, ApiJson.Default.AuthTableModel);

    /// <summary>The API's word for what a host rule does.</summary>
    internal static string WordOf(AclAction action) => action switch
    {
        AclAction.Accept => "accept",
        AclAction.Drop => "drop",
        AclAction.Reset => "reset",
        _ => "redirect",
    };

    /// <summary>What a host rule does by the API's word.</summary>
    internal static AclAction ActionOf(string? word, string name) => (AclAction)RuleText.Word(word, name, "accept", "drop", "reset", "redirect");

    private static QosTableModel QosOf(QosModel model) => new(
        model.ClassIdMode == 0 ? "police" : "mark",
        [.. model.Rules.Select(static rule => new QosRuleModel(
            rule.User.ToString(),
            rule.UserPort.ToString(),
            rule.Remote.ToString(),
            rule.RemotePort.ToString(),
            rule.Protocol switch { Core.IpProtocol.Tcp => "tcp", Core.IpProtocol.Udp => "udp", _ => string.Empty },
            (long)rule.RxBytesPerSecond * BitsPerByte,
            (long)rule.TxBytesPerSecond * BitsPerByte))]);

    private static List<string> LinesOf(QosTableModel model)
    {
        int mode = RuleText.Word(model.Mode, "mode", "police", "mark");
        List<string> lines = ["clear", string.Create(CultureInfo.InvariantCulture, $"tc_classid_mode={mode}")];
        foreach (QosRuleModel rule in RuleText.List(model.Rules, "rules"))
        {
            lines.Add(
                $"add user={RuleText.Field(rule.User, "user")},user_port={RuleText.Field(rule.UserPort, "userPort")},remote={RuleText.Field(rule.Remote, "remote")},"
                + $"remote_port={RuleText.Field(rule.RemotePort, "remotePort")},proto={RuleText.Field(rule.Protocol, "protocol")},"
                + $"rxbytes={BytesOf(rule.RateDown, "rateDown")},txbytes={BytesOf(rule.RateUp, "rateUp")}");
        }

        return lines;
    }

    private static string BytesOf(long bitsPerSecond, string name) => bitsPerSecond == 0 || (bitsPerSecond >= RateMin && bitsPerSecond <= (long)uint.MaxValue * BitsPerByte)
        ? RuleText.Number(bitsPerSecond / BitsPerByte, uint.MaxValue, name)
        : throw new RuleException(string.Create(CultureInfo.InvariantCulture, $"{name} '{bitsPerSecond}': bit/s, 0 for no limit or {RateMin} to {(long)uint.MaxValue * BitsPerByte}, are needed"));

    private static ZoneTableModel ZonesOf(ZoneModel model) =>
        new([.. model.Rules.Select(static rule => new ZoneRuleModel(rule.Kind == ZoneKind.Lan ? "lan" : "wan", rule.Id, rule.Pattern))]);

    private static List<string> LinesOf(ZoneTableModel model)
    {
        List<string> lines = ["clean"];
        foreach (ZoneRuleModel rule in RuleText.List(model.Rules, "rules"))
        {
            string kind = RuleText.Word(rule.Kind, "kind", "lan", "wan") == 0 ? "lan" : "wan";
            lines.Add($"{kind}_zone {RuleText.Number(rule.Zone, ZoneRule.IdMax, "zone")}={RuleText.Field(rule.Interface, "interface")}");
        }

        lines.Add("update_match");
        return lines;
    }

    private static AuthTableModel AuthOf(AuthModel model) => new(
        !model.IsDisabled,
        model.NoFlowTimeoutSeconds,
        model.RedirectIp.ToString(),
        model.RedirectIp6.ToString(),
        model.RedirectsHttps,
        model.HttpsRedirectPort,
        model.DestinationBypassSet,
        model.SourceBypassSet,
        [.. model.Rules.Select(static rule => new AuthRuleModel(rule.Id, rule.Zone, rule.Type == AuthType.Auto ? "auto" : "web", rule.SourceSet, rule.AddressWhiteSet, rule.MacWhiteSet))]);

    private static List<string> LinesOf(AuthTableModel model)
    {
        List<string> lines =
        [
            "clean",
            $"disabled={(model.IsEnabled ? 0 : 1)}",
            $"no_flow_timeout={RuleText.Number(model.IdleSeconds, uint.MaxValue, "idleSeconds")}",
            $"redirect_ip={RuleText.Field(model.PortalIpv4, "portalIpv4")}",
            $"redirect_ip6={RuleText.Field(model.PortalIpv6, "portalIpv6")}",
            $"https_redirect_en={(model.RedirectsHttps ? 1 : 0)}",
            $"https_redirect_port={RuleText.Number(model.HttpsPort, ushort.MaxValue, "httpsPort")}",
            $"dst_bypasslist_name={RuleText.Field(model.DestinationBypass, "destinationBypass")}",
            $"src_bypasslist_name={RuleText.Field(model.SourceBypass, "sourceBypass")}",
        ];
        foreach (AuthRuleModel rule in RuleText.List(model.Rules, "rules"))
        {
            string type = RuleText.Word(rule.Type, "type", "auto", "web") == 0 ? "auto" : "web";
            lines.Add(
                $"auth id={RuleText.Number(rule.Id, uint.MaxValue, "id")},szone={RuleText.Number(rule.Zone, uint.MaxValue, "zone")},type={type},"
                + $"sipgrp={RuleText.Field(rule.Sources, "sources")},ipwhite={RuleText.Field(rule.WhiteAddresses, "whiteAddresses")},macwhite={RuleText.Field(rule.WhiteMacs, "whiteMacs")}");
        }

        lines.Add("update_magic");
        return lines;
    }
}
