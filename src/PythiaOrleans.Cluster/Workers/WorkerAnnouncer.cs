using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>
/// Tells the dispatcher how many slots this silo has and which checkpoints lie on its disk: everything at first, afterwards what
/// changed.
/// </summary>
/// <remarks>
/// It says something every heartbeat period, even if nothing changed: that is how it learns of a dispatcher that knows nothing of this
/// worker, because the one before died or gave
/// the worker up. Whatever fails, the next announcement is a whole one.
/// </remarks>
internal sealed partial class WorkerAnnouncer(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IShardRunner runner,
    ControlSilos controls,
    WorkerDevices devices,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<WorkerAnnouncer> logger)
    : BackgroundService
{
    private readonly string _name = silo.SiloAddress.ToParsableString();
    private HashSet<CachedCheckpoint> _announced = [];
    private bool _isWhole = true;
    private long _number;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.SlotCount == 0)
        {
            return;
        }

        await Task.Yield(); // hosted services start one after the other
        await controls.WaitForControlSiloAsync(time, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await TryAnnounceAsync() && !_isWhole)
            {
                _isWhole = true;
                continue; // refused: a whole announcement follows at once
            }

            await Task.Delay(options.Value.HeartbeatPeriod, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryAnnounceAsync()
    {
        try
        {
            var now = runner.CachedCheckpoints().Take(WorkerAnnouncement.MaxHoldings).ToHashSet();
            var before = _isWhole ? [] : _announced;
            var announcement = new WorkerAnnouncement(++_number, _isWhole, options.Value.SlotCount, [.. now.Except(before)],
                [.. before.Except(now)], devices.All.Count, [.. runner.LackedAnalyses()]);
            if (!await grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key).AnnounceAsync(_name, announcement))
            {
                return false;
            }

            (_announced, _isWhole) = (now, false);
            return true;
        }
        catch (Exception error)
        {
            _isWhole = true; // whether it got through is not known
            LogUnheard(logger, error);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug,
        Message = "The dispatcher did not hear what this silo's disk holds; tasks come in their usual order until it does")]
    private static partial void LogUnheard(ILogger logger, Exception error);
}
