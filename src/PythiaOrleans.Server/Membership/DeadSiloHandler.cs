using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace PythiaOrleans.Server.Membership;

/// <summary>
/// What a silo does that finds itself declared dead, after a hang or behind a cut: one sentence, and the exit code of an error. Orleans'
/// own handler would abort the process with two dumps.
/// </summary>
/// <param name="failure">Ends the process.</param>
/// <param name="logger">Says why.</param>
internal sealed partial class DeadSiloHandler(SiloFailure failure, ILogger<DeadSiloHandler> logger) : IFatalErrorHandler
{
    // A silo that is no member must not go on because its process does not end.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    /// <inheritdoc />
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (failure.Occurred.IsCompleted)
        {
            return;
        }

        LogDead(logger, exception?.Message ?? context ?? "no reason was given");
        failure.Set();
        new Thread(() =>
        {
            Thread.Sleep(Limit);
            Environment.Exit(1);
        })
        { IsBackground = true }.Start();
    }

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "This silo is no member of the cluster any more and stops: it hung or was cut off for longer than its neighbours wait "
            + "(Membership:ProbeTimeout, Membership:MissedProbes), or it met an error that it cannot go on after. Its tasks are computed "
            + "elsewhere; nothing that was committed is lost. Start it again. Reason: {Reason}")]
    private static partial void LogDead(ILogger logger, string reason);
}
