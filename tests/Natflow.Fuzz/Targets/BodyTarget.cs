using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Natflow.Flows.Users;
using Natflow.Hocon;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Natflow.Management.Api.Routes;
using Natflow.Management.Api.Rules;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Fuzz.Targets;

/// <summary>
/// Bodies of the API's changes, from JSON to lines of the control language or to the operator's file; the first byte chooses which. One field never becomes two, nor
/// one rule two: what the lines or the file make has what the body had.
/// </summary>
internal sealed class BodyTarget : FuzzTarget
{
    private const int Kinds = 7;

    public override string Name => "body";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds() =>
    [
        [0, .. "{\"mode\":\"police\",\"rules\":[{\"user\":\"10.0.0.0/24\",\"userPort\":\"\",\"remote\":\"1.2.3.4\",\"remotePort\":\"443\",\"protocol\":\"tcp\",\"rateDown\":8000,\"rateUp\":0}]}"u8],
        [1, .. "{\"rules\":[{\"kind\":\"lan\",\"zone\":0,\"interface\":\"br-lan\"},{\"kind\":\"wan\",\"zone\":1,\"interface\":\"eth+\"}]}"u8],
        [
            2, .. "{\"isEnabled\":true,\"idleSeconds\":60,\"portalIpv4\":\"10.0.0.1\",\"portalIpv6\":\"::\",\"redirectsHttps\":false,\"httpsPort\":443,\"destinationBypass\":\"free\","u8,
            .. "\"sourceBypass\":null,\"rules\":[{\"id\":1,\"zone\":0,\"type\":\"web\",\"sources\":\"lan\",\"whiteAddresses\":\"\",\"whiteMacs\":\"\"}]}"u8,
        ],
        [3, .. "{\"default\":\"drop\",\"redirectUrl\":\"http://a/b\",\"remove\":[{\"slot\":1,\"action\":\"drop\",\"host\":\"a.example\"}],\"add\":[{\"slot\":0,\"action\":\"reset\",\"host\":\"b.example\"}]}"u8],
        [4, .. "{\"sets\":[{\"name\":\"s\",\"entries\":[\"10.0.0.1\",\"00:11:22:33:44:55\"],\"file\":\"/a,b\",\"isKernel\":true}]}"u8],
        [5, .. "{\"forwards\":[{\"protocol\":\"tcp\",\"address\":null,\"port\":80,\"to\":\"10.0.0.2\",\"toPort\":8080,\"zone\":0}]}"u8],
        [6, .. "{\"rateUp\":1000000,\"rateDown\":2000000,\"burstMs\":100,\"status\":\"vip\"}"u8],
        [6, .. "{\"isBlocked\":true}"u8],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        outcome.Add(input[0] % Kinds);
        try
        {
            Take(input[0] % Kinds, input[1..].ToArray(), ref outcome);
        }
        catch (RuleException)
        {
            outcome.Add(fact: true);
        }

        return outcome.Value;
    }

    private static void Take(int kind, byte[] body, ref Outcome outcome)
    {
        switch (kind)
        {
            case 0 when Read(body, ApiJson.Default.QosTableModel, ref outcome) is { } table:
                (bool, QosModel) qos = Apply(RuleTables.Qos.Lines(table), QosModel.Empty, QosControl.Apply, ref outcome);
                CheckCount(qos.Item1, qos.Item2.Rules.Length, table.Rules.Count);
                break;
            case 1 when Read(body, ApiJson.Default.ZoneTableModel, ref outcome) is { } table:
                (bool, ZoneModel) zones = Apply(RuleTables.Zones.Lines(table), ZoneModel.Empty, ZoneControl.Apply, ref outcome);
                CheckCount(zones.Item1, zones.Item2.Rules.Length, table.Rules.Count);
                break;
            case 2 when Read(body, ApiJson.Default.AuthTableModel, ref outcome) is { } table:
                (bool, AuthModel) auth = Apply(RuleTables.Auth.Lines(table), AuthModel.Default, AuthControl.Apply, ref outcome);
                CheckCount(auth.Item1, auth.Item2.Rules.Length, table.Rules.Count);
                break;
            case 3 when Read(body, ApiJson.Default.AclChangeModel, ref outcome) is { } change:
                var held = AclModel.Default with { Entries = [new AclEntry(1, AclAction.Drop, "a.example"), new AclEntry(2, AclAction.Reset, "c.example")] };
                int removed = change.Remove is null ? 0 : held.Entries.Count(entry => change.Remove.Any(rule => rule?.Host == entry.Host && rule.Slot == entry.Slot && rule.Action == RuleTables.WordOf(entry.Action)));
                (bool, AclModel) acl = Apply(AclRoutes.LinesOf(held, change), held, AclControl.Apply, ref outcome);
                CheckCount(acl.Item1, acl.Item2.Entries.Count, held.Entries.Count - removed + (change.Add?.Count ?? 0));
                break;
            case 4 when Read(body, ApiJson.Default.SetTableModel, ref outcome) is { } table:
                CheckSets(table, HoconDocument.Parse(ManagedLine.Put("a = 1", "natflow.sets", SettingRoutes.HoconOf(table), replaces: true)).Resolve());
                break;
            case 5 when Read(body, ApiJson.Default.PortForwardTableModel, ref outcome) is { } table:
                CheckForwards(table, HoconDocument.Parse(ManagedLine.Put("a = 1", "natflow.forwards", SettingRoutes.HoconOf(table))).Resolve());
                break;
            case 6 when Read(body, ApiJson.Default.UserChangeModel, ref outcome) is { } change:
                string? mistake = UserChanges.Mistake(change, out PolicyLimits limits);
                outcome.AddSize(mistake?.Length ?? 0);
                if (mistake is null && !limits.IsValid) throw new InvalidOperationException("rates that nobody may have");
                break;
        }
    }

    private static T? Read<T>(byte[] body, JsonTypeInfo<T> type, ref Outcome outcome)
        where T : class
    {
        using var stream = new MemoryStream(body);
        var context = new DefaultHttpContext { Request = { ContentType = "application/json", Body = stream } };
        (T? value, string? error) = ApiServices.Read(context, type).GetAwaiter().GetResult();
        if ((value is null) == (error is null)) throw new InvalidOperationException("a body with an error, or neither");
        outcome.Add(value is not null);
        return value;
    }

    private static (bool AllTaken, T Model) Apply<T>(IReadOnlyList<string> lines, T model, Func<T, string, ControlStep<T>> apply, ref Outcome outcome)
        where T : class
    {
        bool allTaken = true;
        foreach (string line in lines)
        {
            if (line.Any(char.IsControl)) throw new InvalidOperationException($"two lines: {line}");
            ControlStep<T> step = apply(model, line);
            allTaken &= step.Result.IsTaken;
            model = step.Model;
        }

        outcome.Add(allTaken);
        outcome.AddSize(lines.Count);
        return (allTaken, model);
    }

    private static void CheckCount(bool allTaken, int made, int asked)
    {
        if (allTaken && made != asked) throw new InvalidOperationException($"{made} rules of {asked}");
    }

    private static void CheckSets(SetTableModel table, HoconConfig config)
    {
        HoconObject sets = config.GetObject("natflow.sets");
        foreach (IGrouping<string, SetModel> named in table.Sets.GroupBy(static set => set.Name ?? string.Empty, StringComparer.Ordinal))
        {
            if (!sets.TryGetField(named.Key, out HoconValue? value) || value is not HoconObject set || !set.TryGetField("entries", out HoconValue? entries)
                || !HoconConvert.TryList(entries, out IReadOnlyList<HoconValue>? items) || !items.Select(Text).SequenceEqual(named.Last().Entries, StringComparer.Ordinal))
            {
                throw new InvalidOperationException($"set '{named.Key}' became another");
            }
        }

        if (sets.Fields.Count != table.Sets.Select(static set => set.Name ?? string.Empty).Distinct(StringComparer.Ordinal).Count()) throw new InvalidOperationException("other sets");
    }

    private static void CheckForwards(PortForwardTableModel table, HoconConfig config)
    {
        IEnumerable<string> made = config.GetList("natflow.forwards").Select(static item => ((HoconObject)item).TryGetField("to", out HoconValue? to) ? Text(to) : "?");
        if (!made.SequenceEqual(table.Forwards.Select(static forward => forward.To ?? string.Empty), StringComparer.Ordinal)) throw new InvalidOperationException("other forwards");
    }

    private static string Text(HoconValue value) => HoconConvert.TryString(value, out string? text) ? text : "?";
}
