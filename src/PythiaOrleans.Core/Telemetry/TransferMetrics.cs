using System.Diagnostics.Metrics;

namespace PythiaOrleans.Core.Telemetry;

/// <summary>Counts what comes from the hub, the cache and blob storage.</summary>
internal static class TransferMetrics
{
    private static readonly Counter<long> Read = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.read", "By", "Bytes read, by where they came from.");
    private static readonly Counter<long> Written = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.written", "By", "Bytes written to blob storage.");
    private static readonly Counter<long> Looks = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.cache.requests", description: "Files asked of the cache, by whether they were there.");
    private static readonly Counter<long> Requests = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.blob.requests", description: "Requests to blob storage, each try by itself, by how they ended.");

    private static readonly KeyValuePair<string, object?> Hub = new("origin", "hub");
    private static readonly KeyValuePair<string, object?> Blob = new("origin", "blob");
    private static readonly KeyValuePair<string, object?> Cache = new("origin", "cache");

    /// <summary>Bytes of the hub arrived.</summary>
    public static void OnHub(long bytes)
    {
        FetchProgress.OnAnswer();
        Read.Add(bytes, Hub);
    }

    /// <summary>Bytes of blob storage arrived.</summary>
    public static void OnBlob(long bytes) => Read.Add(bytes, Blob);

    /// <summary>Bytes went to blob storage.</summary>
    public static void OnWritten(long bytes) => Written.Add(bytes);

    /// <summary>A file was asked of the cache.</summary>
    public static void OnCache(bool found, long bytes)
    {
        Looks.Add(1, new KeyValuePair<string, object?>("outcome", found ? "hit" : "miss"));
        Read.Add(found ? bytes : 0, Cache);
    }

    /// <summary>A request to blob storage ended; null says that no answer came.</summary>
    public static void OnBlobRequest(int? status)
    {
        if (status is not null)
        {
            FetchProgress.OnAnswer();
        }

        Requests.Add(1, new KeyValuePair<string, object?>("outcome", Outcome(status)));
    }

    // A conflict or an absent blob is an answer, not an error: conditional creates live on them.
    private static string Outcome(int? status) => status switch
    {
        null => "unreachable",
        429 or 503 => "throttled",
        401 or 403 => "denied",
        >= 500 => "failed",
        _ => "answered",
    };
}
