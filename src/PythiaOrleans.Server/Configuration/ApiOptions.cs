using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Who may use the API and the web page. Without keys every client may, and then only a loopback address is served.</summary>
public sealed record ApiOptions
{
    /// <summary>The keys, hashed: <c>pythia api-key</c> makes one.</summary>
    [ValidateEnumeratedItems]
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];

    /// <summary>
    /// Whether <c>/metrics</c> names sweeps to every client. Otherwise it does to clients that send a key, and on a silo without keys that
    /// serves only its own machine. Default: false.
    /// </summary>
    public bool OpenMetrics { get; init; }

    /// <summary>Requests a second that one client may make in the long run; twice as many in a burst. Default: 50.</summary>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 50;

    /// <summary>Wrong or missing keys that one client may send in a minute before it is refused for the rest of it. Default: 20.</summary>
    [Range(1, 100_000)]
    public int FailedLoginsPerMinute { get; init; } = 20;

    /// <summary>Progress streams (<c>/events</c>) that are served at the same time, to all clients together. Default: 100.</summary>
    [Range(1, 100_000)]
    public int EventStreams { get; init; } = 100;
}
