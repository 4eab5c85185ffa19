using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Clustering.Redis;
using Orleans.Runtime;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Membership;

/// <summary>Stops a silo that the membership table has forgotten, so that no second cluster works beside it.</summary>
internal sealed partial class MembershipWatch(
    IMembershipTable table,
    ILocalSiloDetails silo,
    PythiaOptions options,
    SiloFailure failure,
    TimeProvider time,
    ILogger<MembershipWatch> logger)
    : BackgroundService
{
    // Once could be a replica that lags behind.
    private const int MaxAbsences = 2;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var absences = 0;
        using var timer = new PeriodicTimer(options.Membership.Refresh, time);
        while (absences < MaxAbsences)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                absences = await IsKnownAsync() ? 0 : absences + 1;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogUnreadable(logger, error.Message); // away is not empty: the silo goes on with what it knows
            }
        }

        LogForgotten(logger, options.Redis is null ? "The membership table" : "Redis", silo.SiloAddress);
        failure.Set();
    }

    private async Task<bool> IsKnownAsync()
    {
        try
        {
            var rows = await table.ReadRowAsync(silo.SiloAddress);
            return rows.Members.Any(row => row.Item1.SiloAddress.Equals(silo.SiloAddress));
        }
        catch (RedisClusteringException)
        {
            return false; // Redis answers, and has no table
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership table cannot be read: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string error);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "{Where} no longer knows silo {Silo}: it was emptied, or restored from an older state. The silo stops, so that no "
            + "second cluster works beside it. Start the silos again and resume the sweeps; nothing that was committed is lost")]
    private static partial void LogForgotten(ILogger logger, string where, SiloAddress silo);
}
