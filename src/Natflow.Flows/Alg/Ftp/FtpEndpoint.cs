namespace Natflow.Flows.Alg.Ftp;

/// <summary>An endpoint that a line of an FTP control connection announces, and where it stands.</summary>
/// <param name="AddressBe">Network byte order; 0 where the line names a port alone.</param>
/// <param name="Port">Host byte order.</param>
/// <param name="Offset">First byte of the text that names it.</param>
/// <param name="LengthBytes">Length of that text.</param>
/// <param name="Format">How it is written.</param>
/// <param name="Delimiter">The delimiter of the extended form.</param>
internal readonly record struct FtpEndpoint(
    uint AddressBe, ushort Port, int Offset, int LengthBytes, EndpointFormat Format, byte Delimiter);
