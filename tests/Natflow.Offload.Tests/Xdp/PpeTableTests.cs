using Natflow.Core;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Testing;
using Natflow.Testing.Namespaces;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>The writer against simple models. The maps are the kernel's.</summary>
public sealed class PpeTableTests
{
    public static TheoryData<int> Seeds => [1, 2, 3];

    [NamespaceTheory]
    [MemberData(nameof(Seeds))]
    public void AnySequence_AgreesWithDictionary(int seed)
    {
        using XdpPpe ppe = Open(capacity: 200, out _);
        var prng = new Prng(seed);
        var model = new Dictionary<(uint, bool), (FoeHandle Handle, ulong Cookie)>();
        var held = new List<FoeHandle>();
        var reached = new HashSet<PpeResult>();
        for (int step = 0; step < 20_000; step++)
        {
            uint key = (uint)prng.Next(400);
            bool isIpv6 = prng.Next(4) == 0;
            bool isKnown = model.TryGetValue((key, isIpv6), out (FoeHandle Handle, ulong Cookie) known);
            switch (prng.Next(8))
            {
                case < 4:
                    FoeEntry entry = Numbered(key, isIpv6);
                    entry.Cookie = prng.NextULong();
                    PpeResult result = BindOne(ppe, entry, out FoeHandle handle);
                    _ = reached.Add(result);
                    Assert.True(isKnown == (result == PpeResult.Duplicate), $"seed {seed}, step {step}: {result}");
                    if (result == PpeResult.Bound)
                        model.Add((key, isIpv6), (handle, entry.Cookie));
                    break;
                case < 6 when isKnown:
                    ppe.Unbind([known.Handle]);
                    _ = model.Remove((key, isIpv6));
                    held.Add(known.Handle);
                    break;
                case 6:
                    ppe.Release(held.ToArray());
                    held.Clear();
                    break;
                default:
                    if (isKnown)
                        Assert.True(ppe.TryRead(known.Handle, out FoeEntry read) && read.Cookie == known.Cookie, $"seed {seed}, step {step}");
                    break;
            }

            Assert.True(ppe.CountEntries == model.Count + held.Count, $"seed {seed}, step {step}");
        }

        Assert.Contains(PpeResult.TableFull, reached);
        Assert.Contains(PpeResult.Duplicate, reached);
        Assert.Equal(model.Values.Select(static bound => bound.Handle).Concat(held).Order(HandleOrder), Walk(ppe).Order(HandleOrder));
    }

    [NamespaceTheory]
    [MemberData(nameof(Seeds))]
    public void Bind_UpToNineTenths_RefusesLessThanOneInAHundredOfTheLast(int seed)
    {
        const int Buckets = 1 << 15;
        const int Load = Buckets * PpeLayout.Ways * 9 / 10;
        using XdpPpe ppe = Open(Load, out int slots);
        Assert.Equal(Buckets * PpeLayout.Ways, slots);
        var prng = new Prng(seed);
        int refused = 0;
        for (int i = 0; i < Load; i++)
        {
            FoeEntry entry = Numbered((uint)i, isIpv6: false);
            entry.SrcAddr = new Ipv6Address(0, (prng.NextULong() & 0xFFFFFFFF_00000000) | 0xFFFF0000u);
            bool isLast = i >= Load / 100 * 99;
            if (BindOne(ppe, entry, out _) != PpeResult.Bound && isLast)
                refused++;
        }

        // The hash's key is random, so the count scatters: one in a hundred, and three standard deviations.
        const double OneInAHundred = Load / 100.0 / 100.0;
        Assert.True(refused <= OneInAHundred + (3 * Math.Sqrt(OneInAHundred)), $"seed {seed}: {refused} of the last hundredth refused");
    }

    [NamespaceFact]
    public void Bind_WhatThePpeCannotDo_IsUnsupported()
    {
        using XdpPpe ppe = Open(10, out _);
        FoeEntry icmp = Numbered(1, isIpv6: false);
        icmp.Protocol = 1;
        FoeEntry noLink = Numbered(1, isIpv6: false);
        noLink.LinkIndex = 0;
        FoeEntry policy = Numbered(1, isIpv6: false);
        policy.PolicyIndex = 1000;
        foreach (FoeEntry entry in new[] { icmp, noLink, policy })
            Assert.Equal(PpeResult.Unsupported, BindOne(ppe, entry, out _));
        Assert.Equal(0, ppe.CountEntries);
    }

    private static readonly Comparer<FoeHandle> HandleOrder = Comparer<FoeHandle>.Create(static (a, b) => a.Value.CompareTo(b.Value));

    private static List<FoeHandle> Walk(XdpPpe ppe)
    {
        var found = new List<FoeHandle>();
        for (FoeHandle handle = ppe.NextHandle(FoeHandle.None); handle.IsSome; handle = ppe.NextHandle(handle))
            found.Add(handle);
        return found;
    }

    private static XdpPpe Open(int capacity, out int slots)
    {
        slots = PpeTable<PpeEntry4>.BucketsFor(capacity) * PpeLayout.Ways;
        return XdpPpe.Open(new XdpPpeSettings { EntriesIpv4Max = capacity, EntriesIpv6Max = Math.Min(capacity, 1000), PoliciesMax = 16 }, TimeProvider.System);
    }

    private static PpeResult BindOne(XdpPpe ppe, FoeEntry entry, out FoeHandle handle)
    {
        var handles = new FoeHandle[1];
        var results = new PpeResult[1];
        ppe.Bind([entry], handles, results);
        handle = handles[0];
        Assert.Equal(results[0] == PpeResult.Bound, handle.IsSome);
        return results[0];
    }

    private static FoeEntry Numbered(uint key, bool isIpv6)
    {
        FoeEntry entry = PpeFlows.Entry(PpeFlows.Client + key, 40000, PpeFlows.Server, 443, PpeFlows.Public, 51000, PpeFlows.Server, 443, 17);
        entry.Kind = isIpv6 ? FoeKind.IPv6Route : FoeKind.IPv4Nat;
        return entry;
    }
}
