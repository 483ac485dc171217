using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api;

/// <summary>The operator's configuration file.</summary>
public interface IConfigurationStore
{
    /// <summary>The file's text as it is now.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    string ReadText();

    /// <summary>What is in force, in the reference's order.</summary>
    IReadOnlyList<SettingModel> Values();

    /// <summary>Named sets in force, by name.</summary>
    IReadOnlyList<SetModel> Sets();

    /// <summary>Port forwards in force.</summary>
    IReadOnlyList<PortForwardModel> PortForwards();

    /// <summary>What is wrong with a text; empty where it could be taken over.</summary>
    IReadOnlyList<string> Validate(string text);

    /// <summary>Writes a valid text in place of the file, and puts in force what can be; where the gateway does not take it over, the file is as before.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    Task<ReloadResult> Apply(string text);
}
