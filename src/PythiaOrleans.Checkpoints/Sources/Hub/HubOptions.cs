using System.Net;
using PythiaOrleans.Checkpoints.Cache;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>How the hub is reached and how its files are fetched. The environment variables are those of the hub's Python tools.</summary>
public sealed record HubOptions
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The hub's address (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = new(DefaultEndpoint);

    /// <summary>
    /// The access token (<c>HF_TOKEN</c>, else <c>HUGGING_FACE_HUB_TOKEN</c>, else the file that <c>huggingface-cli login</c> wrote); null for public files.
    /// Sent to the endpoint's host only.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>The folder shared with the Python tools (<c>HF_HUB_CACHE</c>, else <c>$HF_HOME/hub</c>).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether only the cache is read (<c>HF_HUB_OFFLINE</c>).</summary>
    public bool Offline { get; init; }

    /// <summary>Bytes that the cache keeps of what this software fetched (<c>PYTHIA_CACHE_BYTES</c>); null keeps everything.</summary>
    public long? CacheBytes { get; init; }

    /// <summary>Bytes a second, over all files (<c>PYTHIA_HUB_BYTES_PER_SECOND</c>); null for no ceiling.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Ranges that are under way at the same time, over all files (<c>PYTHIA_HUB_CONNECTIONS</c>). Default: 8.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>Failures in a row without one new byte, after which a file is given up. Default: 8.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>The first pause after a failure; it doubles with every further one. Default: 1 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A response without a byte for this long counts as dropped. Default: 30 s.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this long without an answer a hub counts as down where the cache has the whole checkpoint. Default: 5 s.</summary>
    public TimeSpan QuickTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A proxy that .NET does not find in the environment by itself; null leaves it to .NET.</summary>
    internal IWebProxy? Proxy { get; init; }

    /// <summary>What carries requests; null opens sockets. Tests put a fake network here.</summary>
    internal HttpMessageHandler? Transport { get; init; }

    /// <summary>The options that the process's environment gives.</summary>
    /// <exception cref="ArgumentException">A variable holds something else than its kind of value.</exception>
    public static HubOptions FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    internal static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        string? Text(string name) => CacheSettings.ReadText(variable, name);
        string? Folder(string name) => CacheSettings.ReadPath(variable, name);
        var user = Folder("XDG_CACHE_HOME") ?? Path.Combine(Text("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var home = Folder("HF_HOME") ?? Path.Combine(user, "huggingface");
        var endpoint = ReadEndpoint(Text("HF_ENDPOINT") ?? DefaultEndpoint);
        return new HubOptions
        {
            Endpoint = endpoint,
            Proxy = HubProxy.Find(variable, endpoint),
            Token = Text("HF_TOKEN") ?? Text("HUGGING_FACE_HUB_TOKEN") ?? ReadToken(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
            CacheFolder = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Offline = (Text("HF_HUB_OFFLINE") ?? Text("TRANSFORMERS_OFFLINE"))?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
            CacheBytes = CacheSettings.ReadNumber(variable, CacheSettings.BytesVariable),
            BytesPerSecond = CacheSettings.ReadNumber(variable, "PYTHIA_HUB_BYTES_PER_SECOND"),
            Connections = (int)Math.Min(CacheSettings.ReadNumber(variable, "PYTHIA_HUB_CONNECTIONS") ?? 8, 64),
        };
    }

    /// <summary>Prints everything but the token.</summary>
    public override string ToString() => $"{Endpoint} -> {CacheFolder}{(Offline ? " (offline)" : "")}";

    private static Uri ReadEndpoint(string address) =>
        Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri!
            : throw new ArgumentException($"HF_ENDPOINT: expected an address that starts with http:// or https://, found '{address}'.");

    private static string? ReadToken(string file) => File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
}
