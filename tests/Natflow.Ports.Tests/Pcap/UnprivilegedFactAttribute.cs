namespace Natflow.Ports.Tests.Pcap;

/// <summary>A fact about what the system refuses; root is refused nothing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute() => Skip = Environment.IsPrivilegedProcess ? "root may read every file" : null;
}
