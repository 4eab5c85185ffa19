using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What the silos of a test said, for the message of a wait that was in vain: all of ours, and warnings of the others.</summary>
internal sealed class SiloLog : ILoggerProvider
{
    private const int Shown = 60;

    private readonly ConcurrentQueue<string> _lines = new();

    public ILogger CreateLogger(string categoryName) => new Logger(_lines, categoryName);

    public override string ToString() => string.Join("\n", _lines.TakeLast(Shown));

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(ConcurrentQueue<string> lines, string category) : ILogger
    {
        private readonly LogLevel _least = category.StartsWith("PythiaOrleans", StringComparison.Ordinal)
            ? LogLevel.Information
            : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _least;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var reason = exception is null ? "" : $" {exception.GetType().Name}: {exception.Message.Split('\n', 2)[0]}";
                lines.Enqueue(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {category.Split('.')[^1]}: {formatter(state, null)}{reason}"));
            }
        }
    }
}
