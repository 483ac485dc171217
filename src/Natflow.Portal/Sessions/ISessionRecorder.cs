namespace Natflow.Portal.Sessions;

/// <summary>Who is told of sessions.</summary>
internal interface ISessionRecorder
{
    /// <summary>Takes a report. Never waits, never throws.</summary>
    void Record(SessionReport report);
}
