using Natflow.Flows.Inspection;
using Natflow.Flows.Shards;
using Natflow.Memory;

namespace Natflow.Flows.Offers;

/// <summary>
/// A shard's side of offload: offers flows when nobody needs their packets any more, takes them back when their state, way or policy changes, and adds what the
/// PPE forwarded to flows and users. Nothing here waits: what finds a ring full is done later by a sweep that passes all flows once a second.
/// </summary>
/// <remarks>Owner thread of the shard. No allocation after start.</remarks>
public sealed class ShardOffload : IDisposable
{
    /// <summary>A bound flow's idle time is known this much late: it ends later by that.</summary>
    public const uint LateMs = 2500;

    private const int AnswersPerPoll = 256;
    private const int SweepsPerPoll = 8192;
    private const long PassMs = 1000;

    private readonly ShardState _shard;
    private readonly OfferLink _link;
    private readonly OfferLimits _limits;
    private readonly FlowCredit _credit;
    private readonly OfferBuilder _builder;
    private readonly LinkAnnouncer _announcer;
    private readonly OffloadBook[] _books;
    private readonly long[] _counts = new long[byte.MaxValue + 1];
    private readonly NativeArray<OfferAnswer> _answers = new(AnswersPerPoll);
    private uint _policyVersion;
    private bool _hasHairpins;
    private long _passStartMs;
    private int _pass;

    /// <summary>Binds a shard to its rings.</summary>
    /// <param name="shard">The shard; its flow tables are there.</param>
    /// <param name="link">The rings; not owned.</param>
    /// <param name="limits">What the PPE can take.</param>
    /// <param name="linkStride">Ways of each shard in the gateway's numbering.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal ShardOffload(ShardState shard, OfferLink link, OfferLimits limits, int linkStride, long nowMs)
    {
        _shard = shard;
        _link = link;
        _limits = limits;
        shard.Users.HasPpeWithoutMeters = !limits.HasMeters;
        _announcer = new LinkAnnouncer(shard.Paths, link.Offers, shard.Settings.ShardIndex * linkStride, linkStride);
        _builder = new OfferBuilder(shard, limits, _announcer);
        _credit = new FlowCredit(shard);
        _books = [new OffloadBook(shard.Flows.Capacity, _counts), new OffloadBook(shard.Ipv6.Flows.Capacity, _counts)];
        _passStartMs = nowMs;
    }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _books[0].LengthBytes + _books[1].LengthBytes;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    internal bool TryPopulate() => _books[0].TryPopulate() & _books[1].TryPopulate();

    /// <summary>Living flows that stand at a reason.</summary>
    public long CountOf(OffloadReason reason) => _counts[(int)reason];

    /// <summary>Where a flow stands.</summary>
    public OffloadReason ReasonOf(bool isIpv6, uint flowIndex) => Book(isIpv6)[flowIndex].Reason;

    /// <summary>Who needs a flow's packets.</summary>
    public OffloadBusy BusyOf(bool isIpv6, uint flowIndex) => Book(isIpv6).BusyOf(flowIndex);

    /// <summary>Says who needs a flow's packets. A flow that is offloaded comes back; one that nobody needs any more is offered.</summary>
    public void SetBusy(bool isIpv6, uint flowIndex, OffloadBusy busy)
    {
        Book(isIpv6).SetBusy(flowIndex, busy);
        if (busy != OffloadBusy.None && Book(isIpv6).IsHeld(flowIndex))
            TakeBack(isIpv6, flowIndex, OffloadReason.Inspector);
        else
            OnPacket(isIpv6, flowIndex);
    }

    /// <summary>A flow whose entries a PPE holds already, from an earlier gateway. Before frames come.</summary>
    /// <returns>Its name from now on.</returns>
    public FlowCookie Adopt(bool isIpv6, uint flowIndex)
    {
        _ = Book(isIpv6).NextIncarnation(flowIndex);
        Book(isIpv6).Set(flowIndex, OffloadReason.Offloaded);
        return CookieOf(isIpv6, flowIndex);
    }

    /// <summary>A flow was opened.</summary>
    internal void OnOpened(bool isIpv6, uint flowIndex)
    {
        if (Book(isIpv6)[flowIndex].Reason != OffloadReason.Ending)
            Book(isIpv6).Set(flowIndex, OffloadReason.NotEstablished);
    }

    /// <summary>A flow's packet took the slow path, perhaps because the flow's state changed.</summary>
    internal void OnPacket(bool isIpv6, uint flowIndex)
    {
        OffloadBook book = Book(isIpv6);
        switch (book[flowIndex].Reason)
        {
            case OffloadReason.Offered or OffloadReason.Offloaded:
                if (_builder.IsClosing(isIpv6, flowIndex))
                    TakeBack(isIpv6, flowIndex, OffloadReason.NotEstablished);
                break;
            case OffloadReason.None or OffloadReason.Ending or OffloadReason.Hairpin or (>= OffloadReason.TableFull and not OffloadReason.Stale and not OffloadReason.Lost):
                break;
            default:
                _ = TryOffer(isIpv6, flowIndex);
                break;
        }
    }

    /// <summary>A flow got another way or policy.</summary>
    internal void OnStale(bool isIpv6, uint flowIndex)
    {
        if (Book(isIpv6).IsHeld(flowIndex))
            TakeBack(isIpv6, flowIndex, OffloadReason.Stale);
    }

    /// <summary>A flow has ended; its entry may be another's at once.</summary>
    internal void OnEnded(bool isIpv6, uint flowIndex)
    {
        OffloadBook book = Book(isIpv6);
        if (book[flowIndex].Reason == OffloadReason.Ending)
            return;
        bool isHeld = book.IsHeld(flowIndex);
        if (isHeld && !TrySendUnbind(isIpv6, flowIndex))
        {
            book.Set(flowIndex, OffloadReason.Ending);
            return;
        }

        book.Set(flowIndex, OffloadReason.None);
        book.EndLife(flowIndex);
    }

    /// <summary>More than its timer that a flow may be idle: what the PPE has seen is told later.</summary>
    internal uint GraceMs(bool isIpv6, uint flowIndex) => Book(isIpv6).IsHeld(flowIndex) ? LateMs : 0;

    /// <summary>Takes answers, tells of changed ways, goes on with the sweep. Bounded; call once a burst or tick.</summary>
    public void Poll(long nowMs)
    {
        int count = _link.Answers.Dequeue(_answers.Span);
        foreach (ref readonly OfferAnswer answer in _answers.Span[..count])
            OnAnswer(in answer, nowMs);
        _announcer.TellChanges();
        // A hairpinned packet is two users', and its entry has generation and meters of one.
        if ((_hasHairpins || !_limits.ChecksGenerations) && _policyVersion != _shard.Users.PolicyVersion && TrySend(new FlowOffer { Kind = OfferKind.Policies }))
            _policyVersion = _shard.Users.PolicyVersion;
        Sweep(nowMs);
        if (_link.Offers.Count != 0)
            _link.Waker?.Invoke();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (OffloadBook book in _books)
            book.Dispose();
        _answers.Dispose();
        _announcer.Dispose();
    }

    private OffloadBook Book(bool isIpv6) => _books[isIpv6 ? 1 : 0];

    private FlowCookie CookieOf(bool isIpv6, uint flowIndex) =>
        new(_shard.Settings.ShardIndex, isIpv6, flowIndex, Book(isIpv6)[flowIndex].Incarnation);

    private bool TrySend(FlowOffer offer) => _link.Offers.Enqueue([offer]) != 0;

    private bool TrySendUnbind(bool isIpv6, uint flowIndex) => TrySend(new FlowOffer { Kind = OfferKind.Unbind, Cookie = CookieOf(isIpv6, flowIndex) });

    private void TakeBack(bool isIpv6, uint flowIndex, OffloadReason reason)
    {
        // A full ring: the next slow packet or a stale entry found by the actor tries again; the PPE punts what matters meanwhile.
        if (TrySendUnbind(isIpv6, flowIndex))
            Book(isIpv6).Set(flowIndex, reason);
    }

    // False when the ring is full.
    private bool TryOffer(bool isIpv6, uint flowIndex)
    {
        OffloadBook book = Book(isIpv6);
        OffloadReason reason = Build(isIpv6, flowIndex, out FlowOffer offer);
        if (reason == OffloadReason.None)
        {
            offer.Cookie = new FlowCookie(_shard.Settings.ShardIndex, isIpv6, flowIndex, book.NextIncarnation(flowIndex));
            reason = TrySend(offer) ? OffloadReason.Offered : OffloadReason.RingFull;
            _hasHairpins |= offer.Kind == OfferKind.BindHairpin;
        }

        if (reason == OffloadReason.RingFull)
            _shard.Counters.OffersDelayed++;
        book.Set(flowIndex, reason);
        return reason != OffloadReason.RingFull;
    }

    private OffloadReason Build(bool isIpv6, uint flowIndex, out FlowOffer offer)
    {
        offer = default;
        OffloadBusy busy = Book(isIpv6).BusyOf(flowIndex);
        if (busy != OffloadBusy.None)
            return (busy & OffloadBusy.Inspector) != OffloadBusy.None ? OffloadReason.Inspector : OffloadReason.LoginPending;
        return isIpv6 ? _builder.BuildIpv6(flowIndex, out offer) : _builder.BuildIpv4(flowIndex, out offer);
    }

    private void OnAnswer(ref readonly OfferAnswer answer, long nowMs)
    {
        FlowCookie cookie = answer.Cookie;
        OffloadBook book = Book(cookie.IsIpv6);
        uint index = cookie.FlowIndex;
        bool isCurrent = book[index].Incarnation == cookie.Incarnation && book.IsHeld(index);
        if (answer.Kind is AnswerKind.Counted or AnswerKind.Final)
        {
            bool isAlive = book[index].Reason is not (OffloadReason.None or OffloadReason.Ending) && book.IsSameLife(index, cookie.Incarnation);
            _credit.Apply(in answer, isAlive, nowMs);
        }

        if (!isCurrent)
            return;
        if (answer.Kind == AnswerKind.Bound)
            book.Set(index, OffloadReason.Offloaded);
        else if (answer.Kind is AnswerKind.NotBound or AnswerKind.Final)
            book.SetFailed(index, answer.Reason, _pass);
        if (isCurrent && answer is { Kind: AnswerKind.Final or AnswerKind.NotBound, Reason: OffloadReason.Stale or OffloadReason.Lost })
            _ = TryOffer(cookie.IsIpv6, index);
    }

    // A pass a second over all flows, a slice at a time: what waits for a way, for room or for time is offered again.
    private void Sweep(long nowMs)
    {
        long elapsedMs = nowMs - _passStartMs;
        bool isDone = SweepTo(isIpv6: false, _shard.Flows.UsedIndexEnd, elapsedMs) & SweepTo(isIpv6: true, _shard.Ipv6.Flows.UsedIndexEnd, elapsedMs);
        if (!isDone || elapsedMs < PassMs)
            return;
        _passStartMs = nowMs;
        _pass = (_pass + 1) & 0x0F;
        _books[0].SweepPosition = _books[1].SweepPosition = 0;
    }

    private bool SweepTo(bool isIpv6, uint end, long elapsedMs)
    {
        OffloadBook book = Book(isIpv6);
        uint target = (uint)(end * (ulong)Math.Clamp(elapsedMs, 0, PassMs) / PassMs);
        uint position = book.SweepPosition;
        uint last = Math.Min(target, position + SweepsPerPoll);
        while (position < last && Visit(book, isIpv6, position))
            position++;
        book.SweepPosition = position;
        return position >= target;
    }

    // False when the ring is full: the sweep stays here.
    private bool Visit(OffloadBook book, bool isIpv6, uint flowIndex)
    {
        switch (book[flowIndex].Reason)
        {
            case OffloadReason.None or OffloadReason.Offloaded or OffloadReason.Offered or OffloadReason.Protocol or OffloadReason.Nat64:
                return true;
            case OffloadReason.Ending:
                if (!TrySendUnbind(isIpv6, flowIndex))
                    return false;
                book.EndLife(flowIndex);
                if (_shard.Wanted is { } wanted && wanted.TicketOf(isIpv6, flowIndex) != WantedFlows.None)
                    book.SetBusy(flowIndex, OffloadBusy.Inspector); // Of the flow that has the entry now.
                book.Set(flowIndex, _builder.IsAlive(isIpv6, flowIndex) ? OffloadReason.NotEstablished : OffloadReason.None);
                return true;
            case OffloadReason.Hairpin or OffloadReason.Unsupported or OffloadReason.TableFull or OffloadReason.BucketFull or OffloadReason.Duplicate or OffloadReason.Refused or OffloadReason.Evicted
                when !book.IsRetryDue(flowIndex, _pass):
                return true;
            default:
                return TryOffer(isIpv6, flowIndex);
        }
    }
}
