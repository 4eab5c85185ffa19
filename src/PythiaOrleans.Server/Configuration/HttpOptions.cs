using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Where a silo serves its API, web page, metrics and health.</summary>
public sealed record HttpOptions
{
    /// <summary>Address and port; port 0 takes a free one. Default: 127.0.0.1:8080.</summary>
    [Required]
    [EndpointFormat]
    public string Address { get; init; } = "127.0.0.1:8080";
}
