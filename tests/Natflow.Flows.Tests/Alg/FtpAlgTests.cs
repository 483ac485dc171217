using System.Buffers.Binary;
using System.Text;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Alg.Ftp;
using Natflow.Packets;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Alg;

public sealed class FtpAlgTests
{
    private static readonly (uint Address, ushort Port) Client = (AlgRig.Inside, 40_000);
    private static readonly (uint Address, ushort Port) Server = (AlgRig.Server, 21);
    private static readonly (uint Address, ushort Port) Forwarded = (AlgRig.Public, 21);

    [Theory]
    [InlineData("PORT 10,0,0,5,19,137\r\n")]
    [InlineData("port 10,0,0,5,19,137\r\n")]
    [InlineData("EPRT |1|10.0.0.5|5001|\r\n")]
    public void TCP_10_ActiveClientInside_IsRewrittenAndDataConnectionComesIn(string command)
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        Assert.Equal("220 ready\r\n", control.FromOutside("220 ready\r\n"));

        (uint address, ushort port) = ReadEndpoint(control.FromInside(command));
        Assert.Equal(AlgRig.Public, address);
        Assert.Equal("200 fine\r\n", control.FromOutside("200 fine\r\n"));
        Assert.Equal("RETR a\r\n", control.FromInside("RETR a\r\n"));

        byte[]? data = rig.Tcp(Side.Wan, (AlgRig.Server, 20), (address, port), TcpFlags.Syn, 1, 0);
        Assert.NotNull(data);
        Assert.Equal((AlgRig.Inside, (ushort)5001), AlgRig.Destination(data));
        Assert.Equal(1ul, rig.Counters.Met);
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }

    [Fact]
    public void Apply_SwitchedOffAndOn_NewConnectionsFollowAndLivingOnesKeepTheirs()
    {
        using var rig = new AlgRig();
        var living = new TcpPair(rig, Client, Server);
        Switch(rig, isOn: false);
        var without = new TcpPair(rig, (Client.Address, 40_001), Server);
        Assert.Equal("PORT 10,0,0,5,19,137\r\n", without.FromInside("PORT 10,0,0,5,19,137\r\n"));
        Assert.Equal(AlgRig.Public, ReadEndpoint(living.FromInside("PORT 10,0,0,5,19,137\r\n")).Address);

        Switch(rig, isOn: true);

        Assert.Equal("PORT 10,0,0,5,19,138\r\n", without.FromInside("PORT 10,0,0,5,19,138\r\n"));
        var with = new TcpPair(rig, (Client.Address, 40_002), Server);
        Assert.Equal(AlgRig.Public, ReadEndpoint(with.FromInside("PORT 10,0,0,5,19,139\r\n")).Address);

        static void Switch(AlgRig rig, bool isOn) => rig.State.Apply(rig.State.Settings with { Alg = rig.State.Settings.Alg with { Ftp = isOn } });
    }

    [Fact]
    public void TCP_10_AnnouncedEndpoint_IsOpenToTheServerAloneAndOnce()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        (uint address, ushort port) = ReadEndpoint(control.FromInside("PORT 10,0,0,5,19,137\r\n"));

        Assert.Null(rig.Tcp(Side.Wan, (AlgRig.Stranger, 20), (address, port), TcpFlags.Syn, 1, 0));
        Assert.Null(rig.Tcp(Side.Wan, (AlgRig.Server, 20), (address, (ushort)(port ^ 1)), TcpFlags.Syn, 1, 0));
        Assert.NotNull(rig.Tcp(Side.Wan, (AlgRig.Server, 20), (address, port), TcpFlags.Syn, 1, 0));
        Assert.Null(rig.Tcp(Side.Wan, (AlgRig.Server, 22), (address, port), TcpFlags.Syn, 1, 0));
    }

    [Fact]
    public void TCP_10_AnnouncedEndpoint_ClosesAfterItsLifetime()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        int mappings = rig.State.Mappings.Count;
        (uint address, ushort port) = ReadEndpoint(control.FromInside("PORT 10,0,0,5,19,137\r\n"));
        rig.NowMs += 119_999;
        rig.State.Advance(rig.NowMs);
        Assert.Equal(1, rig.State.Alg.ExpectationCount);
        rig.NowMs++;
        Assert.Null(rig.Tcp(Side.Wan, (AlgRig.Server, 20), (address, port), TcpFlags.Syn, 1, 0));
        rig.State.Advance(rig.NowMs);
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
        Assert.Equal(mappings, rig.State.Mappings.Count);
    }

    [Theory]
    [InlineData("227 Entering Passive Mode (10,0,0,5,19,137).\r\n")]
    [InlineData("227 Entering passive mode. 10,0,0,5,19,137\r\n")]
    [InlineData("229 Entering Extended Passive Mode (|||5001|)\r\n")]
    public void TCP_10_PassiveServerBehindForward_IsRewrittenAndDataConnectionComesIn(string reply)
    {
        using var rig = new AlgRig(change: WithForward);
        var control = new TcpPair(rig, (AlgRig.Inside, 21), (AlgRig.Server, 50_000), Forwarded);
        Assert.Equal("PASV\r\n", control.FromOutside("PASV\r\n"));
        string got = control.FromInside(reply);
        (uint address, ushort port) = ReadEndpoint(got);
        Assert.Equal(AlgRig.Public, address == 0 ? AlgRig.Public : address);
        control.FromOutside("RETR a\r\n");
        control.FromInside("150 coming\r\n");

        byte[]? data = rig.Tcp(Side.Wan, (AlgRig.Server, 50_001), (AlgRig.Public, port), TcpFlags.Syn, 1, 0);
        Assert.NotNull(data);
        Assert.Equal((AlgRig.Inside, (ushort)5001), AlgRig.Destination(data));
        Assert.Null(rig.Tcp(Side.Wan, (AlgRig.Stranger, 50_001), (AlgRig.Public, port), TcpFlags.Syn, 1, 0));
    }

    [Fact]
    public void TCP_10_PassiveServerOutside_PassesUnchanged()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        control.FromInside("PASV\r\n");
        const string Reply = "227 Entering Passive Mode (198,51,100,10,19,137).\r\n";
        Assert.Equal(Reply, control.FromOutside(Reply));
        Assert.NotNull(rig.Tcp(Side.Lan, (AlgRig.Inside, 40_001), (AlgRig.Server, 5001), TcpFlags.Syn, 1, 0));
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }

    [Theory]
    [InlineData("PORT 10,0,0,6,19,137\r\n")] // Somebody else's address.
    [InlineData("PORT 198,51,100,50,19,137\r\n")]
    [InlineData("PORT 10,0,0,5,0,22\r\n")] // A privileged port.
    [InlineData("EPRT |1|10.0.0.6|5001|\r\n")]
    [InlineData("EPRT |1|10.0.0.5|1023|\r\n")]
    public void TCP_10_HostileCommand_IsNeitherRewrittenNorOpenedAndCounted(string command)
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        Assert.Equal(command, control.FromInside(command));
        Assert.Equal(1ul, rig.Counters.Refused);
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
        Assert.Equal(1, rig.State.Mappings.Count);
    }

    [Fact]
    public void TCP_10_SwitchedOff_PassesUnchanged()
    {
        using var rig = new AlgRig(new AlgSettings { Ftp = false });
        var control = new TcpPair(rig, Client, Server);
        Assert.Equal("PORT 10,0,0,5,19,137\r\n", control.FromInside("PORT 10,0,0,5,19,137\r\n"));
        Assert.Equal(0, rig.State.Alg.FlowCount);
    }

    [Fact]
    public void Rewrite_Retransmission_IsTheSameTextAtTheSamePlace()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        uint start = control.InsideSeq;
        uint startSeen = control.OutsideExpects;
        const string Command = "PORT 10,0,0,5,19,137\r\n";
        string first = control.FromInside(Command);
        Assert.NotEqual(Command.Length, first.Length);
        control.FromInside("NOOP\r\n");

        rig.NowMs += 130_000; // The expectation is over: a new port would be another text.
        rig.State.Advance(rig.NowMs);
        Assert.Equal(first, control.FromInsideAt(start, Command, out uint seq));
        Assert.Equal(startSeen, seq);
        Assert.Equal(first + "NOOP\r\n", control.FromInsideAt(start, Command + "NOOP\r\n", out seq));
        Assert.Equal("NOOP\r\n", control.FromInsideAt(start + (uint)Command.Length, "NOOP\r\n", out seq));
        Assert.Equal(startSeen + (uint)first.Length, seq);
    }

    [Fact]
    public void Rewrite_RetransmissionCutInTheEndpoint_IsDroppedAndCounted()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        uint start = control.InsideSeq;
        control.FromInside("PORT 10,0,0,5,19,137\r\n");
        Assert.Null(rig.Tcp(Side.Lan, Client, Server, TcpFlags.Ack, start, 0, "PORT 10,0,"));
        Assert.Equal(1ul, rig.State.Drops.Read(DropReason.HelperLimit));
    }

    [Fact]
    public void Rewrite_PipelinedCommands_AreAllRewritten()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        string got = control.FromInside("NOOP\r\nPORT 10,0,0,5,19,137\r\nTYPE I\r\nEPRT |1|10.0.0.5|5002|\r\nNO");
        string[] lines = got.Split("\r\n");
        Assert.Equal(["NOOP", "TYPE I", "NO"], [lines[0], lines[2], lines[4]]);
        Assert.NotEqual(ReadEndpoint(lines[1] + "\r\n"), ReadEndpoint(lines[3] + "\r\n"));
        Assert.Equal(2, rig.State.Alg.ExpectationCount);
        Assert.Equal(1ul, rig.Counters.Split);
        Assert.Equal("OP\r\n", control.FromInside("OP\r\n"));
        Assert.NotEqual("PORT 10,0,0,5,20,1\r\n", control.FromInside("PORT 10,0,0,5,20,1\r\n"));
    }

    [Fact]
    public void Rewrite_TextMovedToTheFrontOfASegment_IsNoCommand()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        control.FromInside("STOR x");
        Assert.Equal("PORT 10,0,0,5,19,137\r\n", control.FromInside("PORT 10,0,0,5,19,137\r\n"));
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }

    [Fact]
    public void Rewrite_ManyCommands_KeepBothStreamsInStep()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        for (int port = 5000; port < 5020; port++)
        {
            ReadEndpoint(control.FromInside($"PORT 10,0,0,5,{port >> 8},{port & 255}\r\n"));
            Assert.Equal("200 ok\r\n", control.FromOutside("200 ok\r\n"));
        }
    }

    [Fact]
    public void Adjust_SelectiveAcknowledgement_IsInTheSendersCount()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        string got = control.FromInside("PORT 10,0,0,5,19,137\r\n");
        int grown = got.Length - "PORT 10,0,0,5,19,137\r\n".Length;
        uint left = control.OutsideExpects + 10;
        byte[] options = new byte[12];
        options[0] = options[1] = 1;
        options[2] = 5;
        options[3] = 10;
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(4), left);
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(8), left + 20);
        byte[] seen = control.AcknowledgeFromOutside(control.OutsideExpects, options);
        Assert.Equal(left - (uint)grown, BinaryPrimitives.ReadUInt32BigEndian(seen.AsSpan(58)));
        Assert.Equal(left + 20 - (uint)grown, BinaryPrimitives.ReadUInt32BigEndian(seen.AsSpan(62)));

        byte[] odd = [1, 5, 10, .. options.AsSpan(4), 0]; // The same at an odd offset: FrameChecker sums it.
        byte[] seenOdd = control.AcknowledgeFromOutside(control.OutsideExpects, odd);
        Assert.Equal(left - (uint)grown, BinaryPrimitives.ReadUInt32BigEndian(seenOdd.AsSpan(57)));
    }

    [Fact]
    public void Adjust_AcknowledgementInsideTheRewrittenText_NamesItsBegin()
    {
        using var rig = new AlgRig();
        var control = new TcpPair(rig, Client, Server);
        uint start = control.InsideSeq;
        uint startSeen = control.OutsideExpects;
        control.FromInside("PORT 10,0,0,5,19,137\r\n");
        Assert.Equal(start + 5, AlgRig.Ack(control.AcknowledgeFromOutside(startSeen + 9, [])));
        Assert.Equal(start + 3, AlgRig.Ack(control.AcknowledgeFromOutside(startSeen + 3, [])));
    }

    [Fact]
    public void TryAdd_TableFull_PassesUnrewrittenAndCounted()
    {
        using var rig = new AlgRig(new AlgSettings { FlowCapacity = 1 });
        _ = new TcpPair(rig, Client, Server);
        var second = new TcpPair(rig, (AlgRig.Inside, 40_002), Server);
        Assert.Equal("PORT 10,0,0,5,19,137\r\n", second.FromInside("PORT 10,0,0,5,19,137\r\n"));
        Assert.Equal(1ul, rig.Counters.LimitPassed);
    }

    [Fact]
    public void TryExpect_UserHasItsMost_PassesUnrewrittenAndLeavesNoMapping()
    {
        using var rig = new AlgRig(new AlgSettings { ExpectationsPerUserMax = 1 });
        var control = new TcpPair(rig, Client, Server);
        control.FromInside("PORT 10,0,0,5,19,137\r\n");
        int mappings = rig.State.Mappings.Count;
        Assert.Equal("PORT 10,0,0,5,19,138\r\n", control.FromInside("PORT 10,0,0,5,19,138\r\n"));
        Assert.Equal(mappings, rig.State.Mappings.Count);
        Assert.Equal(1ul, rig.Counters.LimitPassed);
    }

    [Fact]
    public void End_ControlConnection_FreesItsEntry()
    {
        using var rig = new AlgRig();
        _ = new TcpPair(rig, Client, Server);
        Assert.Equal(1, rig.State.Alg.FlowCount);
        rig.NowMs += (long)TimeSpan.FromMinutes(125).TotalMilliseconds;
        for (int i = 0; i < 10; i++)
            rig.State.Advance(rig.NowMs);
        Assert.Equal(0, rig.State.Alg.FlowCount);
        Assert.Equal(0, rig.State.Flows.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void FtpLine_AnyBytes_GivesAResultInsideTheLine(int seed)
    {
        var prng = new Prng(seed);
        string[] samples =
        [
            "PORT 10,0,0,5,19,137", "EPRT |1|10.0.0.5|5001|", "227 Entering (10,0,0,5,19,137)", "229 Extended (|||5001|)", "EPRT |2|::1|5001|",
        ];
        int parsed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] line = Mutate(prng, Encoding.Latin1.GetBytes(samples[prng.Next(samples.Length)]));
            foreach (bool isServer in new[] { false, true })
            {
                if (!FtpLine.TryParse(line, isServer, out FtpEndpoint endpoint))
                    continue;
                parsed++;
                Assert.InRange(endpoint.Offset, 4, line.Length - endpoint.LengthBytes);
                byte[] text = new byte[FtpLine.TextBytesMax];
                int length = FtpLine.Write(
                    text, endpoint.Format, endpoint.Delimiter, endpoint.AddressBe, BinaryPrimitives.ReverseEndianness(endpoint.Port));
                byte[] rewritten = [.. line.AsSpan(0, endpoint.Offset), .. text.AsSpan(0, length), .. line.AsSpan(endpoint.Offset + endpoint.LengthBytes)];
                Assert.True(FtpLine.TryParse(rewritten, isServer, out FtpEndpoint again), $"seed {seed}, step {i}");
                Assert.Equal((endpoint.AddressBe, endpoint.Port), (again.AddressBe, again.Port));
            }
        }

        Assert.InRange(parsed, 100, 40_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Rewrite_MutatedDialogues_KeepChecksumsAndTables(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new AlgRig(change: WithForward);
        ulong rewritten = 0;
        for (int dialogue = 0; dialogue < 60; dialogue++)
        {
            bool isForwarded = prng.Next(2) == 0;
            TcpPair control = isForwarded
                ? new TcpPair(rig, (AlgRig.Inside, 21), (AlgRig.Server, (ushort)(50_000 + dialogue)), Forwarded)
                : new TcpPair(rig, (AlgRig.Inside, (ushort)(40_000 + dialogue)), Server);
            for (int step = 0; step < 40; step++)
            {
                string text = isForwarded ? "227 ok (10,0,0,5,19,137)\r\n229 (|||5002|)\r\n" : "PORT 10,0,0,5,19,137\r\nEPRT |1|10.0.0.5|5001|\r\n";
                byte[] bytes = Encoding.Latin1.GetBytes(text);
                if (prng.Next(3) != 0)
                    bytes = Mutate(prng, bytes);
                uint at = control.InsideSeq - (uint)prng.Next(30) + (uint)prng.Next(10);
                (uint Address, ushort Port) from = isForwarded ? (AlgRig.Inside, (ushort)21) : (AlgRig.Inside, (ushort)(40_000 + dialogue));
                (uint Address, ushort Port) to = isForwarded ? (AlgRig.Server, (ushort)(50_000 + dialogue)) : Server;
                byte[]? frame = rig.Tcp(Side.Lan, from, to, TcpFlags.Ack, prng.Next(2) == 0 ? control.InsideSeq : at, 0, Encoding.Latin1.GetString(bytes));
                Assert.True(frame is not null || rig.State.Drops.Read(DropReason.HelperLimit) > 0, $"seed {seed}, dialogue {dialogue}, step {step}");
                if (prng.Next(2) == 0)
                    control.InsideSeq += (uint)bytes.Length;
                rig.NowMs += prng.Next(5_000);
                rig.State.Advance(rig.NowMs);
            }

            rewritten += rig.Counters.Rewritten;
        }

        Assert.NotEqual(0ul, rewritten);
        rig.NowMs += (long)TimeSpan.FromHours(3).TotalMilliseconds;
        for (int i = 0; i < 200; i++)
            rig.State.Advance(rig.NowMs);
        Assert.Equal((0, 0, 0, 1), (rig.State.Alg.FlowCount, rig.State.Alg.ExpectationCount, rig.State.Flows.Count, rig.State.Mappings.Count));
    }

    internal static byte[] Mutate(Prng prng, byte[] bytes)
    {
        var list = bytes.ToList();
        for (int i = prng.Next(4); i > 0 && list.Count > 2; i--)
        {
            int at = prng.Next(list.Count);
            switch (prng.Next(4))
            {
                case 0: list[at] = (byte)prng.Next(256); break;
                case 1: list.RemoveAt(at); break;
                case 2: list.Insert(at, (byte)"0123456789,.|() "[prng.Next(16)]); break;
                default: list.RemoveRange(at, Math.Min(list.Count - at, prng.Next(8))); break;
            }
        }

        return list.Count == 0 ? [0x20] : [.. list];
    }

    private static NatSettings WithForward(NatSettings settings) =>
        settings with { PortForwards = [new PortForward(IpProtocol.Tcp, AlgRig.Public, 21, AlgRig.Inside, 21)] };

    private static (uint Address, ushort Port) ReadEndpoint(string line)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(line.TrimEnd());
        bool isParsed = FtpLine.TryParse(bytes, isServer: line[0] == '2', out FtpEndpoint endpoint);
        Assert.True(isParsed, line);
        return (BinaryPrimitives.ReverseEndianness(endpoint.AddressBe), endpoint.Port);
    }
}
