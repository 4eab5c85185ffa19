namespace PythiaOrleans.Core.Telemetry;

/// <summary>
/// Counts what hub or blob storage answer to one task: while it does not grow, nothing is being fetched for that task, whatever arrives
/// for others.
/// </summary>
internal sealed class FetchProgress
{
    private static readonly AsyncLocal<FetchProgress?> Current = new();

    private static long _ofProcess;

    private long _answers;

    /// <summary>Answers to the code that began this, and to what it awaits.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Answers to all of this process.</summary>
    public static long OfProcess => Interlocked.Read(ref _ofProcess);

    /// <summary>Counts for the async method that calls this, until it ends.</summary>
    public static FetchProgress Begin() => Current.Value = new FetchProgress();

    /// <summary>An answer came.</summary>
    public static void OnAnswer()
    {
        Interlocked.Increment(ref _ofProcess);
        OnProgress();
    }

    /// <summary>What the task waits for goes on, although it is another task that fetches it.</summary>
    public static void OnProgress()
    {
        if (Current.Value is { } progress)
        {
            Interlocked.Increment(ref progress._answers);
        }
    }
}
