namespace Natflow.Ports;

/// <summary>The errno values that the ports tell apart.</summary>
internal static class Errno
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoDeviceOrAddress = 6;
    internal const int Again = 11;
    internal const int NoMemory = 12;
    internal const int Access = 13;
    internal const int Busy = 16;
    internal const int NoDevice = 19;
    internal const int Invalid = 22;
    internal const int MessageSize = 90;
    internal const int NetworkDown = 100;
    internal const int NoBuffers = 105;
}
