namespace Natflow.Portal.Radius;

/// <summary>Values of Error-Cause (RFC 5176 section 3.5).</summary>
internal static class DynamicError
{
    internal const uint UnsupportedAttribute = 401;
    internal const uint MissingAttribute = 402;
    internal const uint NasMismatch = 403;
    internal const uint InvalidRequest = 404;
    internal const uint InvalidAttributeValue = 407;
    internal const uint SessionNotFound = 503;
    internal const uint ResourcesUnavailable = 506;
    internal const uint MultipleSessions = 508;
}
