namespace Natflow.Bpf;

/// <summary>Where in the receive path an XDP program runs.</summary>
public enum XdpDriverMode
{
    /// <summary>In the driver where that can do it, else generic.</summary>
    Auto = 0,

    /// <summary>In the driver, before the kernel makes a packet buffer; refused where the driver cannot.</summary>
    Native = 1,

    /// <summary>In the stack, after a packet buffer was made: any interface, slower, never without a copy.</summary>
    Generic = 2,
}
