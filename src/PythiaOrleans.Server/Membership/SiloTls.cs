using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using Orleans.Hosting;
using PythiaOrleans.Server.Configuration;
using StackExchange.Redis;

namespace PythiaOrleans.Server.Membership;

/// <summary>Makes silos and clients speak TLS with each other and with Redis, each with a certificate of one authority.</summary>
/// <remarks>
/// Silos are known by addresses that change, so that names are not compared: a certificate of the authority is what counts. An authority
/// that signs for others, too, would let those in.
/// </remarks>
public sealed class SiloTls
{
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _authority;
    private readonly SiloTlsOptions _options;

    private SiloTls(SiloTlsOptions options, X509Certificate2 own, X509Certificate2Collection authority) =>
        (_options, _own, _authority) = (options, own, authority);

    /// <summary>Reads the files; null where TLS is off.</summary>
    /// <exception cref="ArgumentException">A file is missing, holds no certificate, or the own certificate is not the
    /// authority's.</exception>
    public static SiloTls? Load(SiloTlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsOn)
        {
            return null;
        }

        try
        {
            var own = X509Certificate2.CreateFromPemFile(options.Certificate!, options.Key);
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(options.Authority!);
            var tls = new SiloTls(options, own, authority);
            return tls.IsTrusted(own)
                ? tls
                : throw new ArgumentException(
                    $"Tls:Certificate = '{options.Certificate}': expected a certificate that '{options.Authority}' (Tls:Authority) has "
                        + $"signed and that is valid now; found one of '{own.Issuer}', valid from {own.NotBefore:u} to {own.NotAfter:u}.");
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new ArgumentException(
                $"Tls: expected PEM files with a certificate ('{options.Certificate}'), its key ('{options.Key}') and the authority "
                    + $"('{options.Authority}'): {error.Message}",
                error);
        }
    }

    /// <summary>Silo to silo and client to silo.</summary>
    public void AddTo(ISiloBuilder silo) => silo.UseTls(_own, Configure);

    /// <summary>Client to silo.</summary>
    public void AddTo(IClientBuilder client) => client.UseTls(_own, Configure);

    /// <summary>
    /// To a Redis that is asked for with <c>ssl=true</c>: its certificate may be of the same authority, and it may ask for ours.
    /// </summary>
    public void AddTo(ConfigurationOptions redis)
    {
        ArgumentNullException.ThrowIfNull(redis);
        if (redis.Ssl)
        {
            redis.CertificateValidation += (_, certificate, _, errors) => errors == SslPolicyErrors.None
                || (!errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                    && certificate is X509Certificate2 theirs
                    && IsTrusted(theirs));
            redis.SetUserPemCertificate(_options.Certificate!, _options.Key);
        }
    }

    private void Configure(TlsOptions tls)
    {
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, _, _) => IsTrusted(certificate);
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = "pythia"; // the name is not compared, but there must be one
    }

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // an authority of a cluster publishes no lists
        return chain.Build(certificate);
    }
}
