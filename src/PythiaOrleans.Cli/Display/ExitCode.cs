namespace PythiaOrleans.Cli.Display;

/// <summary>What the exit code of <c>pythia</c> says; documented in docs/cli.md.</summary>
internal static class ExitCode
{
    /// <summary>All done.</summary>
    public const int Done = 0;

    /// <summary>Something went wrong that is neither usage nor a bad shard.</summary>
    public const int Failed = 1;

    /// <summary>The command line made no sense.</summary>
    public const int Usage = 2;

    /// <summary>Done, but some shards are quarantined.</summary>
    public const int Partial = 3;

    /// <summary>Ctrl-C or SIGTERM; what was committed stays.</summary>
    public const int Interrupted = 130;
}
