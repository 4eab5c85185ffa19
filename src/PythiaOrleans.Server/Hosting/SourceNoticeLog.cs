using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Server.Hosting;

/// <summary>
/// Writes to the silo's log what sources report: that a rate limit is waited for, that the cache serves because the hub is down.
/// </summary>
internal sealed partial class SourceNoticeLog(ILogger<SourceNoticeLog> logger) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        SourceNotices.Reported += Log;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        SourceNotices.Reported -= Log;
        return Task.CompletedTask;
    }

    private void Log(string notice) => LogNotice(logger, notice);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Notice}")]
    private static partial void LogNotice(ILogger logger, string notice);
}
