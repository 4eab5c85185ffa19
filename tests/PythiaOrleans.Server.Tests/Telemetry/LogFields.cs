using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PythiaOrleans.Server.Tests;

/// <summary>Keeps the fields of every log line, as a structured sink sees them.</summary>
internal sealed class LogFields : ILoggerProvider, ILogger
{
    public ConcurrentQueue<IReadOnlyDictionary<string, object?>> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            Lines.Enqueue(fields.DistinctBy(field => field.Key).ToDictionary(field => field.Key, field => field.Value));
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
