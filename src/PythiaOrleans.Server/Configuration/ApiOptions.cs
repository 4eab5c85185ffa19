using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Who may use the API and the web page. Without keys everybody may, and then only a loopback address is served.</summary>
public sealed record ApiOptions
{
    /// <summary>The keys, hashed: <c>pythia api-key</c> makes one.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];

    /// <summary>Requests a second that one client may make in the long run; twice as many in a burst. Default: 50.</summary>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 50;
}

/// <summary>A key of the API.</summary>
public sealed record ApiKey
{
    /// <summary>Whose it is; logged with what it did.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>SHA-256 of the key, 64 hexadecimal digits.</summary>
    [Required]
    [RegularExpression("^[0-9a-fA-F]{64}$", ErrorMessage = "expected the key's SHA-256 as 64 hexadecimal digits, as `pythia api-key` prints it.")]
    public string Hash { get; init; } = "";

    /// <summary>What it opens. Default: reading.</summary>
    public ApiScope Scope { get; init; } = ApiScope.Read;
}

/// <summary>What a key opens.</summary>
public enum ApiScope
{
    /// <summary>Looking.</summary>
    Read,

    /// <summary>Looking, starting and steering sweeps.</summary>
    Write,
}
