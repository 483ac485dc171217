using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Users;
using Natflow.Testing;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Whom a shard's subscriber is said to be is who owns its address now, whatever was remembered.</summary>
public sealed class TrafficOwnersTests
{
    private const int Addresses = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_WhileUsersComeGoJoinAndPart_IsTheOwner(int seed)
    {
        var prng = new Prng(seed);
        var users = new UserDirectory(Addresses, 4 * Addresses);
        var owners = new TrafficOwners(users);
        int found = 0;
        for (int i = 0; i < 20_000; i++)
        {
            UserIdentifier identifier = Address(prng);
            int user = users.Find(identifier);
            switch (prng.Next(6))
            {
                case 0 when user == UserDirectory.None:
                    _ = users.Add(identifier, nowMs: i);
                    break;
                case 1 when user != UserDirectory.None:
                    users.Remove(user);
                    break;
                case 2 when user != UserDirectory.None && users.Find(Address(prng)) is var other and not UserDirectory.None && other != user:
                    _ = users.TryJoin(user, other);
                    break;
                case 3 when user != UserDirectory.None:
                    _ = users.Split(identifier, nowMs: i);
                    break;
                default:
                    UserIdentifier asked = Address(prng);
                    uint entry = (uint)prng.Next(Addresses) * 100; // It may have been another's before.
                    int owner = owners.Find(prng.Next(2), new UserDelta { UserIndex = entry, Address = ((UInt128)0xFFFF << 32) | asked.Value, Zone = (ushort)asked.Zone });
                    Assert.Equal(users.Find(asked), owner);
                    found += owner == UserDirectory.None ? 0 : 1;
                    break;
            }
        }

        Assert.InRange(found, 1000, 20_000);
    }

    private static UserIdentifier Address(Prng prng) => UserIdentifier.OfAddress(IpAddress.FromIpv4(0x0A00_0000 + (uint)prng.Next(Addresses)), (uint)prng.Next(2));
}
