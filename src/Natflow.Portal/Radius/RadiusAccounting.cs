using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Natflow.Portal.Logins;
using Natflow.Portal.Sessions;

namespace Natflow.Portal.Radius;

/// <summary>Tells accounting servers of sessions (RFC 2866). Reports of one session go in their order; those that find no room are lost, counted.</summary>
internal sealed class RadiusAccounting : ISessionRecorder, IAsyncDisposable
{
    private const int LaneCount = 8;
    private const int LaneRoom = 1024;
    private const uint ByRadius = 1;
    private const uint ByNas = 2;
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);

    private readonly RadiusSettings _settings;
    private readonly RadiusExchange _exchange;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<SessionReport>[] _lanes;
    private readonly Task[] _senders;
    private long _lost;
    private int _isSilent;

    /// <summary>Starts.</summary>
    internal RadiusAccounting(RadiusSettings settings, RadiusExchange exchange, TimeProvider clock, Action<string> warn)
    {
        _settings = settings;
        _exchange = exchange;
        _clock = clock;
        _warn = warn;
        _lanes = [.. Enumerable.Range(0, LaneCount).Select(static _ => Channel.CreateBounded<SessionReport>(LaneRoom))];
        _senders = [.. _lanes.Select(lane => Send(lane.Reader))];
    }

    /// <summary>Reports that found no room, or no server.</summary>
    internal long LostCount => Interlocked.Read(ref _lost);

    /// <inheritdoc />
    public void Record(SessionReport report)
    {
        if (!_lanes[(uint)report.Session.UserId % LaneCount].Writer.TryWrite(report))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Sends what waits, for a while.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Channel<SessionReport> lane in _lanes)
            lane.Writer.TryComplete();
        _end.CancelAfter(EndTimeout);
        await Task.WhenAll(_senders);
        _end.Dispose();
    }

    private async Task Send(ChannelReader<SessionReport> lane)
    {
        await foreach (SessionReport report in lane.ReadAllAsync())
        {
            try
            {
                RadiusPacket? answer = await _exchange.Ask(_settings.Accounting, server => Request(server, report), mustBeSigned: false, _end.Token);
                Note(answer?.Code == RadiusCode.AccountingResponse);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _lost);
            }
        }
    }

    private void Note(bool isTaken)
    {
        if (!isTaken)
            Interlocked.Increment(ref _lost);
        if (Interlocked.Exchange(ref _isSilent, isTaken ? 0 : 1) == 0 && !isTaken)
            _warn("no RADIUS server takes reports of sessions");
    }

    private byte[] Request(RadiusServer server, SessionReport report)
    {
        PortalSession session = report.Session;
        var writer = new RadiusWriter(RadiusCode.AccountingRequest, (byte)Random());
        writer.Add(RadiusType.AcctStatusType, (uint)report.Kind).Add(RadiusType.AcctSessionId, session.Id)
            .Add(RadiusType.UserName, session.Login.Length == 0 ? RadiusLogin.StationOf(session.Mac) : session.Login)
            .Add(RadiusType.NasIdentifier, _settings.NasIdentifier)
            .Add(RadiusType.FramedIpAddress, RadiusType.FramedIpv6Address, IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{session.Address}")))
            .Add(RadiusType.AcctAuthentic, session.Method == LoginMethod.Radius ? ByRadius : ByNas)
            .Add(RadiusType.EventTimestamp, (uint)report.At.ToUnixTimeSeconds())
            .Add(RadiusType.AcctDelayTime, (uint)Math.Max(0, (_clock.GetUtcNow() - report.At).TotalSeconds));
        if (session.Mac != 0)
            writer.Add(RadiusType.CallingStationId, RadiusLogin.StationOf(session.Mac));
        foreach (byte[] value in session.Classes)
            writer.Add(RadiusType.Class, value);
        if (report.Kind != SessionReportKind.Start)
            AddUse(writer, report);
        return writer.FinishRequest(server.Secret);
    }

    // Input is what the user sends (RFC 2866 section 5.3). Octets wrap at 32 bits, gigawords count the turns (RFC 2869 section 5.1).
    private static void AddUse(RadiusWriter writer, SessionReport report)
    {
        writer.Add(RadiusType.AcctSessionTime, (uint)Math.Max(0, (report.At - report.Session.StartedAt).TotalSeconds))
            .Add(RadiusType.AcctInputOctets, unchecked((uint)report.Used.TxBytes)).Add(RadiusType.AcctInputGigawords, (uint)(report.Used.TxBytes >> 32))
            .Add(RadiusType.AcctOutputOctets, unchecked((uint)report.Used.RxBytes)).Add(RadiusType.AcctOutputGigawords, (uint)(report.Used.RxBytes >> 32))
            .Add(RadiusType.AcctInputPackets, unchecked((uint)report.Used.TxPackets)).Add(RadiusType.AcctOutputPackets, unchecked((uint)report.Used.RxPackets));
        if (report.Kind == SessionReportKind.Stop)
            writer.Add(RadiusType.AcctTerminateCause, (uint)report.Cause);
    }

    private static int Random() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(256);
}
