using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>
/// Where a silo is reached by other silos and by clients. No port of it belongs on a public address: whoever reaches one is trusted.
/// </summary>
public sealed record SiloEndpointOptions
{
    /// <summary>The address that others are told, and the only one that is listened on. Default: 127.0.0.1.</summary>
    [Required]
    [AddressFormat]
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Silo to silo; 0 takes a free one. Default: 11111.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 11111;

    /// <summary>Client to silo; 0 takes a free one. Default: 30000.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>Whether both ports may be any: then a collision with another process is no reason to fail.</summary>
    internal bool TakesAnyPort => (Port, GatewayPort) == (0, 0);
}
