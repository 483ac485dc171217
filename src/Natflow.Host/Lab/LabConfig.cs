using System.Globalization;

namespace Natflow.Host.Lab;

/// <summary>The configuration of a lab's gateway: the operator's or the lab's own, and what belongs to this lab after it.</summary>
internal static class LabConfig
{
    private const string ResourceName = "lab.conf";

    /// <summary>HOCON of a lab.</summary>
    /// <param name="options">What lab.</param>
    /// <param name="runDirectory">Its run directory.</param>
    internal static string Text(LabOptions options, string runDirectory) => string.Create(CultureInfo.InvariantCulture, $$"""
        {{Base(options)}}
        natflow.gateway.run-directory = "{{runDirectory}}"
        natflow.gateway.state-directory = "{{runDirectory}}/state"
        {{Ports(options.Mode)}}
        {{options.ExtraConfig}}

        """);

    private static string Base(LabOptions options)
    {
        if (options.ConfigPath is { } path)
            return $"include required(file(\"{Path.GetFullPath(path)}\"))";
        using Stream stream = typeof(LabConfig).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException("the lab's configuration is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Ports(LabMode mode)
    {
        string name = mode switch
        {
            LabMode.AfXdp => "af_xdp",
            LabMode.AfPacket => "af_packet",
            _ => "auto",
        };
        return $$"""
            natflow.ports.lan = [ { interface = {{LabPlan.LanInterface}}, mode = {{name}} } ]
            natflow.ports.wan = [ { interface = {{LabPlan.WanInterface}}, mode = {{name}} } ]
            """;
    }
}
