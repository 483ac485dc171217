namespace Natflow.Bpf;

/// <summary>Where a link puts a program; <c>enum bpf_attach_type</c> of the kernel.</summary>
public enum BpfHook
{
    /// <summary>The XDP hook of an interface.</summary>
    Xdp = 37,

    /// <summary>Ingress of an interface, in the order of tcx (Linux 6.6).</summary>
    TcxIngress = 46,
}
