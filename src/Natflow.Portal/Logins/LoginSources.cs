using Natflow.Portal.Radius;

namespace Natflow.Portal.Logins;

/// <summary>Who knows names and codes; null where a method is not offered.</summary>
internal sealed record LoginSources(UserList? Users, VoucherBook? Vouchers, RadiusLogin? Radius);
