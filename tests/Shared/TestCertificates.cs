using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Testing;

/// <summary>An authority and a certificate of it, as files.</summary>
internal static class TestCertificates
{
    public static SiloTlsOptions Write(string folder, string name)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest($"CN=authority {name}", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authority = authorityRequest.CreateSelfSigned(from, to);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=silo {name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from.AddMinutes(1), to.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));

        return new SiloTlsOptions
        {
            Certificate = Save("crt", certificate.ExportCertificatePem()),
            Key = Save("key", key.ExportPkcs8PrivateKeyPem()),
            Authority = Save("ca", authority.ExportCertificatePem()),
        };

        string Save(string kind, string pem)
        {
            var file = Path.Combine(folder, $"{name}.{kind}.pem");
            File.WriteAllText(file, pem);
            return file;
        }
    }
}
