using System.Buffers.Binary;
using System.Text;

namespace Natflow.Inspect.Apps;

/// <summary>Redis, PostgreSQL and MySQL.</summary>
internal static class DatabaseSignatures
{
    private const int RespBytesMin = 10;
    private const int RespArgumentsMax = 1024;
    private const int RespCommandMax = 16;
    private const int NumberDigitsMax = 5;
    private const uint PostgreSqlVersion3 = 0x0003_0000;
    private const uint PostgreSqlSsl = 80877103;
    private const uint PostgreSqlGss = 80877104;
    private const uint PostgreSqlCancel = 80877102;
    private const int MySqlBytesMin = 22;
    private const int MySqlVersionEndMax = 63;
    private const int MySqlVersionStart = 5;

    private static ReadOnlySpan<byte> RespCommands =>
        " GET SET DEL MGET MSET AUTH HELLO PING INFO SELECT SUBSCRIBE PUBLISH HGET HSET EVAL COMMAND CLIENT CONFIG EXISTS EXPIRE INCR KEYS LPUSH RPUSH TTL QUIT SETEX MULTI EXEC HGETALL SADD ZADD SCAN REPLCONF PSYNC CLUSTER EVALSHA PSUBSCRIBE XADD "u8;

    /// <summary>A Redis command: an array of bulk strings that begins with a known word.</summary>
    internal static Evidence MatchResp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < RespBytesMin || payload[0] != (byte)'*')
            return default;
        ReadOnlySpan<byte> rest = payload[1..];
        if (!TryTakeNumber(ref rest, RespArgumentsMax, out _) || rest.IsEmpty || rest[0] != (byte)'$')
            return default;
        rest = rest[1..];
        if (!TryTakeNumber(ref rest, RespCommandMax, out int length) || rest.Length < length + 2 || rest[length] != (byte)'\r' || rest[length + 1] != (byte)'\n')
            return default;
        return IsRespCommand(rest[..length]) ? Evidence.Of(FlowProtocol.Resp, AppSource.Resp) : default;
    }

    /// <summary>A start-up message of version 3, a TLS or a cancel request (PostgreSQL, "Message Formats").</summary>
    internal static Evidence MatchPostgreSql(ReadOnlySpan<byte> payload, ref TextHints hints)
    {
        if (payload.Length < 8)
            return default;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(payload);
        uint code = BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
        if (length < 8 || length > payload.Length)
            return default;
        if ((length, code) is (8, PostgreSqlGss))
            hints |= TextHints.GssRequest;
        bool isMatch = (length, code) is (8, PostgreSqlSsl) or (16, PostgreSqlCancel)
            || (code == PostgreSqlVersion3 && length >= 15 && HasStartUpParameter(payload[8..(int)length]));
        return isMatch ? Evidence.Of(FlowProtocol.PostgreSql, AppSource.PostgreSql) : default;
    }

    /// <summary>The byte that answers a request for GSS encryption; the request by itself decides nothing.</summary>
    internal static Evidence MatchPostgreSqlAnswer(ReadOnlySpan<byte> payload, TextHints hints)
    {
        bool isAnswer = (hints & TextHints.GssRequest) != TextHints.None && payload.Length == 1 && payload[0] is (byte)'G' or (byte)'N';
        return isAnswer ? Evidence.Of(FlowProtocol.PostgreSql, AppSource.PostgreSql) : default;
    }

    /// <summary>The server's greeting of version 10 (MySQL, "Protocol::HandshakeV10").</summary>
    internal static Evidence MatchMySql(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < MySqlBytesMin || payload[3] != 0 || payload[4] != 10)
            return default;
        int length = payload[0] | (payload[1] << 8) | (payload[2] << 16);
        int versionBytes = payload[MySqlVersionStart..].IndexOf((byte)0);
        int end = MySqlVersionStart + versionBytes;
        if (length < 30 || length + 4 > payload.Length || versionBytes < 3 || end > MySqlVersionEndMax || end + 16 > payload.Length
            || payload.Slice(MySqlVersionStart, versionBytes).ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
        {
            return default;
        }

        bool isFilled = payload[end + 13] == 0 && (payload[end + 14] | payload[end + 15]) != 0;
        return isFilled ? Evidence.Of(FlowProtocol.MySql, AppSource.MySql) : default;
    }

    private static bool IsRespCommand(ReadOnlySpan<byte> word)
    {
        Span<byte> spaced = stackalloc byte[RespCommandMax + 2];
        spaced.Fill((byte)' ');
        if (word.IsEmpty || Ascii.ToUpper(word, spaced[1..], out int written) != System.Buffers.OperationStatus.Done)
            return false;
        return !word.Contains((byte)' ') && RespCommands.IndexOf(spaced[..(written + 2)]) >= 0;
    }

    // Parameters come in any order; the first is one that clients send.
    private static bool HasStartUpParameter(ReadOnlySpan<byte> parameters)
    {
        int end = parameters.IndexOf((byte)0);
        ReadOnlySpan<byte> name = end <= 0 ? default : parameters[..end];
        return name.SequenceEqual("user"u8) || name.SequenceEqual("database"u8) || name.SequenceEqual("options"u8) || name.SequenceEqual("replication"u8)
            || name.SequenceEqual("application_name"u8) || name.SequenceEqual("client_encoding"u8) || name.SequenceEqual("DateStyle"u8)
            || name.SequenceEqual("TimeZone"u8) || name.SequenceEqual("extra_float_digits"u8);
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> rest, int max, out int number)
    {
        number = 0;
        int digits = 0;
        while (digits < rest.Length && digits <= NumberDigitsMax && (uint)(rest[digits] - '0') <= 9)
            number = (number * 10) + rest[digits++] - '0';
        if (digits is 0 or > NumberDigitsMax || number < 1 || number > max || !rest[digits..].StartsWith("\r\n"u8))
            return false;
        rest = rest[(digits + 2)..];
        return true;
    }
}
