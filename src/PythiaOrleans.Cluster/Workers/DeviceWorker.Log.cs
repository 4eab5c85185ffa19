using Microsoft.Extensions.Logging;

namespace PythiaOrleans.Cluster.Workers;

/// <content>What it logs.</content>
internal sealed partial class DeviceWorker
{
    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Failures} tasks failed in a row on this silo; it asks for the next one in {Seconds} s")]
    private static partial void LogPause(ILogger logger, int failures, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The dispatcher did not answer; trying again")]
    private static partial void LogUnreachable(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of {Sweep}/{Model}@step{Step} was lost; its computation stops")]
    private static partial void LogLost(ILogger logger, string sweep, string model, int step);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} reports could not be delivered; their results are committed")]
    private static partial void LogReportsLost(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Sweep}/{Model}@step{Step} has made no progress for {Silent} ({Stage}); it is asked to stop")]
    private static partial void LogStalled(ILogger logger, string sweep, string model, int step, TimeSpan silent, TaskStage stage);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Sweep}/{Model}@step{Step} did not stop; slot {Slot} goes on in a new thread, and the old one stays until the silo "
            + "ends. If this happens again, restart the silo")]
    private static partial void LogGivenUp(ILogger logger, string sweep, string model, int step, int slot);
}
