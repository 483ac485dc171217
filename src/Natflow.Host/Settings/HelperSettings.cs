namespace Natflow.Host.Settings;

/// <summary><c>natflow.helpers</c>.</summary>
/// <param name="Ftp">FTP.</param>
/// <param name="Sip">SIP.</param>
/// <param name="Tftp">TFTP.</param>
public sealed record HelperSettings(bool Ftp, bool Sip, bool Tftp);
