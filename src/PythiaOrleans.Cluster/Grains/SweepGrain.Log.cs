using Microsoft.Extensions.Logging;

namespace PythiaOrleans.Cluster.Grains;

/// <content>What the coordinator tells the log.</content>
internal sealed partial class SweepGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} planned: {Total} shards, {AlreadyDone} already done")]
    private static partial void LogPlanned(ILogger logger, string sweep, int total, int alreadyDone);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} ended: {Done} of {Total} shards, {Quarantined} quarantined")]
    private static partial void LogEnded(ILogger logger, string sweep, int done, int total, int quarantined);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The dispatcher lost tasks of sweep {Sweep}: {Open} shards are planned again")]
    private static partial void LogPlanAgain(ILogger logger, string sweep, int open);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep}: results are complete, but a series could not be written")]
    private static partial void LogSeriesFailed(ILogger logger, string sweep, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} could not go on and will try again")]
    private static partial void LogStumbled(ILogger logger, string sweep, Exception error);
}
