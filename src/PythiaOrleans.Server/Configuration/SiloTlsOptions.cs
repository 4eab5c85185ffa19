using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>
/// TLS between silos, and between clients and silos. Each side shows a certificate; one that the authority has signed is let in.
/// </summary>
public sealed record SiloTlsOptions : IValidatableObject
{
    /// <summary>
    /// The certificate that this process shows: a PEM file, with those between it and the authority. Default: none, no TLS.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key: a PEM file.</summary>
    public string? Key { get; init; }

    /// <summary>The certificate that has signed those of all silos and clients: a PEM file.</summary>
    public string? Authority { get; init; }

    /// <summary>Whether silos speak TLS.</summary>
    internal bool IsOn => Certificate is not null;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string?[] files = [Certificate, Key, Authority];
        if (files.Any(file => file is not null) && files.Any(file => file is null))
        {
            yield return new ValidationResult(
                "PythiaOptions.Tls: expected Tls:Certificate, Tls:Key and Tls:Authority together, or none of them.");
        }
    }
}
