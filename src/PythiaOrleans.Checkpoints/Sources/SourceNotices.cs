namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>What a person who watches should know while nothing seems to happen: that a rate limit is waited for, that the cache serves because the hub is down.</summary>
/// <remarks>The command prints notices on standard error, a silo writes them to its log. Without a listener they are lost; errors never come this way.</remarks>
public static class SourceNotices
{
    /// <summary>Receives each notice, one sentence or two. Called from any thread.</summary>
    public static event Action<string>? Reported;

    internal static void Report(string notice) => Reported?.Invoke(notice);
}
