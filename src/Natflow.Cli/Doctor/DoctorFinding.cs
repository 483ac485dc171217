namespace Natflow.Cli.Doctor;

/// <summary>What a check found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Grade">How it is.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What to do; empty where nothing is to do.</param>
internal sealed record DoctorFinding(string Name, DoctorGrade Grade, string Detail, string Advice = "");

/// <summary>How a finding is.</summary>
internal enum DoctorGrade
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>The gateway runs, but not at its best.</summary>
    Warn,

    /// <summary>The gateway does not run, or not as configured.</summary>
    Fail,
}
