namespace PythiaOrleans.Cli.Hosting;

/// <summary>How long a client tries to join a cluster whose silos do not answer: the longer, the more speaks for their coming.</summary>
/// <remarks>
/// A client that has seen silos waits on when they go: a cluster whose silos died starts them again, and they take half a minute where
/// every core is busy.
/// </remarks>
internal sealed class JoinPatience(TimeProvider time)
{
    private static readonly TimeSpan NoneListed = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan NoneListens = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SomeListen = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan TheyComeAndGo = TimeSpan.FromMinutes(2);

    private readonly long _started = time.GetTimestamp();
    private bool _wasSilent;
    private bool _wasHeard;

    /// <summary>How long it tries in all, as far as it is known; zero before the first look.</summary>
    public TimeSpan Limit { get; private set; }

    /// <summary>Whether to try again.</summary>
    /// <param name="found">What was found last; null where it could not be looked up, which passes.</param>
    public bool Endures(Gateways? found)
    {
        var listens = Gateways.MayListen(found);
        _wasHeard |= listens;
        _wasSilent |= !listens;
        var limit = (_wasHeard, _wasSilent) switch
        {
            (true, true) => TheyComeAndGo,
            (true, false) => SomeListen,
            _ => found is { Listed: > 0 } ? NoneListens : NoneListed,
        };
        Limit = limit > Limit ? limit : Limit;
        return time.GetElapsedTime(_started) < Limit;
    }
}
