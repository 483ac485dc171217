using System.Text.Json;

namespace Natflow.Journal.Audit;

/// <summary>The question of who had a public endpoint, as nodes put it to each other.</summary>
/// <param name="Who">The address.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Ticks">.NET ticks, UTC.</param>
public sealed record WhoQuestion(string Who, int Port, long Ticks)
{
    /// <summary>As another node reads it.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.WhoQuestion);

    /// <summary>Reads another node's.</summary>
    /// <param name="bytes">Whatever they are.</param>
    /// <returns>Null for what is none.</returns>
    public static WhoQuestion? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            WhoQuestion? question = JsonSerializer.Deserialize(bytes, StateJson.Default.WhoQuestion);
            bool isQuestion = question is { Who: not null, Port: > 0 and <= ushort.MaxValue } && question.Ticks >= 0 && question.Ticks <= DateTime.MaxValue.Ticks;
            return isQuestion ? question : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
