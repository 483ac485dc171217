using System.Globalization;
using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Management.Control;

/// <summary>Some users.</summary>
/// <param name="Users">The users.</param>
/// <param name="HasMore">Whether the limit cut the list.</param>
/// <param name="Total">All users of the gateway.</param>
public sealed record UsersModel(IReadOnlyList<UserModel> Users, bool HasMore, int Total);

/// <summary>A user, for people and scripts. Download is rx.</summary>
/// <param name="Id">Number of the user.</param>
/// <param name="Addresses">Its addresses and prefixes.</param>
/// <param name="Mac">MAC that was last seen.</param>
/// <param name="IsRandomMac">Whether the MAC is locally administered, as randomised ones are.</param>
/// <param name="Login">Its login, or empty.</param>
/// <param name="Interface">LAN interface that it is behind.</param>
/// <param name="Zone">Address space.</param>
/// <param name="Status">None, Ok, Bypass, Required, Vip, Blocked or a number.</param>
/// <param name="Type">Unknown, Auto or Web.</param>
/// <param name="Rule">Number of the auth rule; 255 for none.</param>
/// <param name="IdleSeconds">Time without traffic.</param>
/// <param name="RxBytes">L3 bytes to it.</param>
/// <param name="TxBytes">L3 bytes from it.</param>
/// <param name="RxPackets">Packets to it.</param>
/// <param name="TxPackets">Packets from it.</param>
/// <param name="RxBitsPerSecond">To it, of now.</param>
/// <param name="TxBitsPerSecond">From it, of now.</param>
/// <param name="Flows">Flows it has.</param>
/// <param name="Ports">Ports leased to it.</param>
/// <param name="LimitDown">Most that it is sent, bit/s; 0 for no limit.</param>
/// <param name="LimitUp">Most that it sends, bit/s; 0 for no limit.</param>
public sealed record UserModel(
    ulong Id,
    IReadOnlyList<string> Addresses,
    string Mac,
    bool IsRandomMac,
    string Login,
    string Interface,
    uint Zone,
    string Status,
    string Type,
    uint Rule,
    double IdleSeconds,
    ulong RxBytes,
    ulong TxBytes,
    ulong RxPackets,
    ulong TxPackets,
    ulong RxBitsPerSecond,
    ulong TxBitsPerSecond,
    uint Flows,
    uint Ports,
    long LimitDown,
    long LimitUp)
{
    /// <summary>The model of a view.</summary>
    internal static UserModel Of(UserView user) => new(
        user.Id,
        [.. user.Addresses.Select(static address => address.ToString())],
        MacText.Print(user.Mac),
        user.Mac != 0 && MacText.IsLocallyAdministered(user.Mac),
        user.Login,
        user.InterfaceName,
        user.Zone,
        Enum.IsDefined(user.Auth.Status) ? user.Auth.Status.ToString() : ((byte)user.Auth.Status).ToString(CultureInfo.InvariantCulture),
        user.Auth.Type.ToString(),
        user.Auth.RuleId,
        user.IdleMs / 1000.0,
        user.Total.RxBytes,
        user.Total.TxBytes,
        user.Total.RxPackets,
        user.Total.TxPackets,
        user.PerSecond.RxBytes * 8,
        user.PerSecond.TxBytes * 8,
        user.FlowCount,
        user.PortCount,
        user.Limits.DownBitsPerSecond,
        user.Limits.UpBitsPerSecond);
}

/// <summary>A change of users was made.</summary>
/// <param name="Users">Users that it touched.</param>
public sealed record UserAnswerModel(int Users);

/// <summary>What came of lines for a control device.</summary>
/// <param name="IsTaken">Whether they are in force; all or none.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record DeviceAnswerModel(bool IsTaken, IReadOnlyList<string> Errors);

/// <summary>A control device's dump.</summary>
/// <param name="Text">The text; a byte from 128 on is the character of the same number.</param>
public sealed record DeviceDumpModel(string Text);
