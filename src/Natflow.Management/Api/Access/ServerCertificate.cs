using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Natflow.Management.Api.Access;

/// <summary>The certificate that the API shows: the operator's, or one that it signs itself at the first start and keeps.</summary>
public static class ServerCertificate
{
    private const string CertificateName = "management.crt";
    private const string KeyName = "management.key";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Loads or makes it.</summary>
    /// <param name="settings">Where the operator's is; an empty path makes one.</param>
    /// <param name="clock">For how long it holds.</param>
    /// <param name="note">Told its fingerprint where it was made here, for people to compare.</param>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate, or the key is another's.</exception>
    public static X509Certificate2 Load(ApiSettings settings, TimeProvider clock, Action<string> note)
    {
        if (settings.CertificatePath.Length != 0)
            return X509Certificate2.CreateFromPemFile(settings.CertificatePath, settings.KeyPath.Length == 0 ? null : settings.KeyPath);
        string certificatePath = Path.Combine(settings.StateDirectory, CertificateName);
        string keyPath = Path.Combine(settings.StateDirectory, KeyName);
        if (!File.Exists(certificatePath) || !File.Exists(keyPath))
            Make(certificatePath, keyPath, settings.Address, clock.GetUtcNow());
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        note($"management: self-signed certificate, SHA-256 fingerprint {certificate.GetCertHashString(HashAlgorithmName.SHA256)}");
        return certificate;
    }

    private static void Make(string certificatePath, string keyPath, IPAddress address, DateTimeOffset now)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(certificatePath)!);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=natflow", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Environment.MachineName);
        names.AddIpAddress(IPAddress.Loopback);
        if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !IPAddress.IsLoopback(address))
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        WriteOwnerOnly(keyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
    }

    private static void WriteOwnerOnly(string path, string text)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }
}
