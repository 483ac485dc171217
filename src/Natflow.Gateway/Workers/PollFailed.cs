namespace Natflow.Gateway.Workers;

/// <summary>Tells a data actor that its last poll threw, so that its supervisor hears of it.</summary>
internal sealed record PollFailed(Exception Cause);
