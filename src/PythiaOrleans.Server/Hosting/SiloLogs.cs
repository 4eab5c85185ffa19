using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace PythiaOrleans.Server.Hosting;

/// <summary>What a silo logs. Always to standard error: standard output is for data.</summary>
public abstract record SiloLogs
{
    /// <summary>
    /// Errors alone, for a sweep in its own process: warnings (a failed shard, server garbage collection, a busy machine) are for those who
    /// run a cluster. What ails a sweep is counted in its progress and told by <c>pythia status</c>.
    /// </summary>
    public static SiloLogs Quiet { get; } = new Lines(LogLevel.Error, LogLevel.Error);

    /// <summary>What the silo does, a line each.</summary>
    public static SiloLogs Text { get; } = new Lines(LogLevel.Information, LogLevel.Warning);

    /// <summary>What the silo does, one JSON object a line, with sweep, model and step as fields.</summary>
    public static SiloLogs Json { get; } = new Objects();

    internal abstract void AddTo(ILoggingBuilder logging);

    private static void Filter(ILoggingBuilder logging, LogLevel ours, LogLevel orleans)
    {
        logging.AddFilter(null, ours).AddFilter("Orleans", orleans).AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Polly", LogLevel.Error);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private sealed record Lines(LogLevel Ours, LogLevel Orleans) : SiloLogs
    {
        internal override void AddTo(ILoggingBuilder logging)
        {
            Filter(logging, Ours, Orleans);
            logging.AddSimpleConsole(
                console => (console.SingleLine, console.TimestampFormat) = (true, Ours == LogLevel.Warning ? null : "HH:mm:ss "));
        }
    }

    private sealed record Objects : SiloLogs
    {
        internal override void AddTo(ILoggingBuilder logging)
        {
            Filter(logging, LogLevel.Information, LogLevel.Warning);
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "O"));
        }
    }
}
