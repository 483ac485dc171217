using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Faults;

/// <summary>A gateway that is stopped and started again breaks no connection.</summary>
public sealed class WarmRestartTests
{
    private const int TransferBytes = 512 << 20;
    private const int TransferPort = 7001;
    private const int IdlePort = 7002;
    private const int StopAfterBytes = 16 << 20;

    [LabTheory("kill")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Restart_TransferAndIdleConnection_GoOn(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, hasGateway: false);
        using Process first = await lab.StartGateway();
        using var idle = TcpPair.Connect(lab, IdlePort);
        using var transfer = TcpPair.Connect(lab, TransferPort);
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<byte[]> sent = Task.Run(() => Send(transfer.Outside));
        Task<byte[]> received = Task.Run(() => Receive(transfer.Inside, half));
        await half.Task.WaitAsync(TimeSpan.FromSeconds(20));

        lab.Gateway.Run($"kill -TERM {first.Id}");
        Assert.True(first.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        Assert.Equal(0, first.ExitCode);
        Assert.False(received.IsCompleted, "the transfer was over before the restart: it proves nothing");
        using Process second = await lab.StartGateway();

        byte[] wanted = await sent.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(wanted, await received.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("took up the last run", lab.GatewayLog, StringComparison.Ordinal);

        idle.AssertAlive();
        Assert.DoesNotContain("clsact", lab.Gateway.Run("tc qdisc show"), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(lab.RunDirectory, "state", "flows.snapshot")), "it was taken up and is still there");
    }

    [LabTheory("kill", "tc")]
    [InlineData(LabMode.AfXdp, "before the gateway")]
    [InlineData(LabMode.AfXdp, "while it is away")]
    [LongInlineData(LabMode.AfPacket, "before the gateway")]
    [LongInlineData(LabMode.AfPacket, "while it is away")]
    public async Task Restart_HookOfAnother_StaysWithItsFilters(LabMode mode, string since)
    {
        string other = $"tc filter add dev {LabPlan.WanInterface} egress protocol ip pref 7 u32 match u32 0 0 flowid 1:1";
        await using TestLab lab = await TestLab.Up(mode, hasGateway: false);
        if (since == "before the gateway")
            lab.Gateway.Run($"tc qdisc add dev {LabPlan.WanInterface} clsact");
        using (Process first = await lab.StartGateway())
        {
            lab.Gateway.Run($"kill -TERM {first.Id}");
            Assert.True(first.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        }

        Assert.Contains("bpf", lab.Gateway.Run($"tc filter show dev {LabPlan.WanInterface} ingress"), StringComparison.Ordinal);
        if (since == "while it is away")
            lab.Gateway.Run(other);
        using Process second = await lab.StartGateway();

        string hooks = lab.Gateway.Run("tc qdisc show");
        Assert.Contains($"clsact ffff: dev {LabPlan.WanInterface}", hooks, StringComparison.Ordinal);
        Assert.DoesNotContain($"clsact ffff: dev {LabPlan.LanInterface}", hooks, StringComparison.Ordinal);
        Assert.DoesNotContain("bpf", lab.Gateway.Run($"tc filter show dev {LabPlan.WanInterface} ingress"), StringComparison.Ordinal);
        if (since == "while it is away")
            Assert.Contains("u32", lab.Gateway.Run($"tc filter show dev {LabPlan.WanInterface} egress"), StringComparison.Ordinal);
    }

    [LabTheory("kill", "curl")]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Restart_DamagedSnapshot_IsRefusedWithAWordAndForwardingStarts(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, hasGateway: false);
        using (Process first = await lab.StartGateway())
        {
            lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
            lab.Gateway.Run($"kill -TERM {first.Id}");
            Assert.True(first.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        }

        string path = Path.Combine(lab.RunDirectory, "state", "flows.snapshot");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        using Process second = await lab.StartGateway();

        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        Assert.Contains("it is damaged", lab.GatewayLog, StringComparison.Ordinal);
        Assert.True(File.Exists(path + ".refused"), "it was not put aside");
    }

    private static byte[] Send(Socket socket)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[64 << 10];
        for (int done = 0; done < TransferBytes; done += piece.Length)
        {
            for (int i = 0; i < piece.Length; i += 4096)
                BitConverter.TryWriteBytes(piece.AsSpan(i), done + i);
            hash.AppendData(piece);
            for (int at = 0; at < piece.Length;)
                at += socket.Send(piece.AsSpan(at));
        }

        socket.Shutdown(SocketShutdown.Send);
        return hash.GetHashAndReset();
    }

    private static byte[] Receive(Socket socket, TaskCompletionSource half)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[64 << 10];
        long done = 0;
        for (int count; (count = socket.Receive(piece)) != 0;)
        {
            hash.AppendData(piece.AsSpan(0, count));
            done += count;
            if (done >= StopAfterBytes)
                half.TrySetResult();
        }

        return hash.GetHashAndReset();
    }
}
