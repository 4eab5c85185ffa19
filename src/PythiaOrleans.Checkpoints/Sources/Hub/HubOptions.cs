namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>How the hub is reached and how its files are fetched. The environment variables are those of the hub's Python tools.</summary>
public sealed record HubOptions
{
    /// <summary>The hub's address (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token (<c>HF_TOKEN</c>, else the file that <c>huggingface-cli login</c> wrote); null for public files. Sent to the endpoint's host only.</summary>
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
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A response without a byte for this long counts as dropped. Default: 30 s.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The options that the process's environment gives.</summary>
    /// <exception cref="ArgumentException">A variable holds something else than its kind of value.</exception>
    public static HubOptions FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    internal static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { } text && text.Trim().Length > 0 ? text.Trim() : null;
        var home = Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(Value("HOME") ?? Path.GetTempPath(), ".cache"), "huggingface");
        var endpoint = Value("HF_ENDPOINT") ?? "https://huggingface.co";
        var tokenFile = Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        var offline = Value("HF_HUB_OFFLINE");
        return new HubOptions
        {
            Endpoint = Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri!
                : throw new ArgumentException($"HF_ENDPOINT: expected an address that starts with http:// or https://, found '{endpoint}'."),
            Token = Value("HF_TOKEN") ?? (File.Exists(tokenFile) ? File.ReadAllText(tokenFile).Trim() is { Length: > 0 } saved ? saved : null : null),
            CacheFolder = Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Offline = offline is not null && offline.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
            CacheBytes = Number(Value, "PYTHIA_CACHE_BYTES"),
            BytesPerSecond = Number(Value, "PYTHIA_HUB_BYTES_PER_SECOND"),
            Connections = (int)Math.Min(Number(Value, "PYTHIA_HUB_CONNECTIONS") ?? 8, 64),
        };
    }

    /// <summary>Prints everything but the token.</summary>
    public override string ToString() => $"{Endpoint} -> {CacheFolder}{(Offline ? " (offline)" : "")}";

    private static long? Number(Func<string, string?> value, string name) => value(name) is not { } text
        ? null
        : long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{name}: expected a whole number above 0, found '{text}'.");
}
