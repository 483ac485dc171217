using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Cluster;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;
using Natflow.Host.Cluster;
using Natflow.Host.Settings;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow cluster status|drain|leave|down|join|rebalance</c>: the cluster as it stands in etcd, and wishes about its nodes.</summary>
internal static class ClusterCommand
{
    private static readonly Option<string> Config = new("--config") { Description = "Configuration of a node: says where etcd is.", HelpName = "FILE", Required = true };

    private static readonly Option<string?> Node = new("--node") { Description = "Which node; the configuration's own without.", HelpName = "NAME" };

    /// <summary>The command with its subcommands.</summary>
    internal static Command Make()
    {
        var cluster = new Command("cluster", "Several gateways as one: who owns what, drain a node, deal shards anew.");
        Command status = Sub("status", "Show nodes, leader, owners and copies.", static (etcd, keys, parsed, settings) => Status(etcd, keys, settings, parsed.GetValue(ControlCommand.Json)));
        status.Add(ControlCommand.Json);
        cluster.Add(status);
        cluster.Add(Sub("drain", "Have a node give its shards to others; it stays a member.", static (etcd, keys, parsed, settings) => new ClusterWishes(etcd, keys).Set(NodeOf(parsed, settings), NodeWish.Drain)));
        cluster.Add(Sub("leave", "As drain, and have it cease to be a member when it has none.", static (etcd, keys, parsed, settings) => new ClusterWishes(etcd, keys).Set(NodeOf(parsed, settings), NodeWish.Leave)));
        cluster.Add(Sub("down", "Have a node stop at once; others take its shards over.", static (etcd, keys, parsed, settings) => new ClusterWishes(etcd, keys).Set(NodeOf(parsed, settings), NodeWish.Down)));
        cluster.Add(Sub("join", "Have a node take part again.", static (etcd, keys, parsed, settings) => new ClusterWishes(etcd, keys).Set(NodeOf(parsed, settings), NodeWish.None)));
        cluster.Add(Sub("rebalance", "Have the leader plan anew.", static (etcd, keys, _, settings) => new ClusterWishes(etcd, keys).Rebalance(settings.Shards)));
        return cluster;
    }

    private static Command Sub(string name, string description, Func<EtcdClient, ClusterKeys, ParseResult, ClusterSettings, Task<string?>> run)
    {
        var command = new Command(name, description) { Config, Node };
        command.SetAction(async (parsed, _) =>
        {
            SettingsResult loaded = SettingsLoader.Load(parsed.GetValue(Config)!);
            if (!loaded.IsValid)
            {
                foreach (SettingsError mistake in loaded.Errors)
                    Console.Error.WriteLine(mistake);
                return ExitCode.Usage;
            }

            ClusterSettings settings = loaded.Settings.Cluster;
            using EtcdClient etcd = ClusterClients.Open(settings, TimeProvider.System);
            if (await run(etcd, new ClusterKeys(settings.Name), parsed, settings) is not { } error)
                return ExitCode.Done;
            Terminal.Error(error);
            return ExitCode.Failed;
        });
        return command;
    }

    private static string NodeOf(ParseResult parsed, ClusterSettings settings) => parsed.GetValue(Node) ?? settings.Node;

    private static async Task<string?> Status(EtcdClient etcd, ClusterKeys keys, ClusterSettings settings, bool isJson)
    {
        EtcdAnswer<EtcdRangeResult> range = await etcd.Range(keys.Prefix);
        if (!range.IsOk)
            return $"etcd: {range.Status}: {range.Error}";
        var view = new ClusterView(keys, settings.Shards);
        view.Load(range.Value);
        int orphans = view.Owners.Count(static owner => !owner.IsSomebody);
        if (isJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(MapOf(view, settings), ApiJson.Default.ClusterMapModel));
        else
            Print(view, settings, orphans);
        return orphans == 0 ? null : $"{orphans} shards have no owner";
    }

    // As the API tells it, but for what only a member knows: whom it reaches, and how far copies lag.
    private static ClusterMapModel MapOf(ClusterView view, ClusterSettings settings) => new(
        settings.Name,
        settings.Node,
        NullOf(view.Leader),
        NullOf(view.Oldest),
        view.Revision,
        [.. view.Nodes.Values.OrderBy(static node => node.Id, StringComparer.Ordinal).Select(node => new ClusterNodeModel(
            node.Id,
            System.Net.IPEndPoint.TryParse(node.Replication, out System.Net.IPEndPoint? replication) ? replication.Port : 0,
            node.Lease,
            StateOf(view, node),
            node.Weight,
            view.Owners.Count(owner => owner.Node == node.Id),
            view.Copies.Count(copy => copy.Node == node.Id),
            IsReachable: true))],
        [.. Enumerable.Range(0, settings.Shards).Select(shard => new ClusterShardModel(
            shard, NullOf(view.Owners[shard].Node), NullOf(view.Plans[shard].Standby), NullOf(view.Copies[shard].Node), view.Owners[shard].Token, LagMs: null))]);

    private static string StateOf(ClusterView view, ClusterNode node) => view.Draining.Contains(node.Id) ? "draining" : node.State.ToString().ToLowerInvariant();

    private static string? NullOf(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void Print(ClusterView view, ClusterSettings settings, int orphans)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("node", "state", "weight", "owns", "copies", "replication");
        foreach (ClusterNode node in view.Nodes.Values.OrderBy(static node => node.Id, StringComparer.Ordinal))
        {
            table.AddRow(
                Markup.Escape(node.Id == view.Leader ? $"{node.Id} (leader)" : node.Id),
                StateOf(view, node),
                node.Weight.ToString(CultureInfo.InvariantCulture),
                view.Owners.Count(owner => owner.Node == node.Id).ToString(CultureInfo.InvariantCulture),
                view.Copies.Count(copy => copy.Node == node.Id).ToString(CultureInfo.InvariantCulture),
                Markup.Escape(node.Replication));
        }

        Terminal.Out.Write(table);
        Terminal.Out.MarkupLineInterpolated($"{settings.Shards} shards, {orphans} without an owner, revision {view.Revision}");
    }
}
