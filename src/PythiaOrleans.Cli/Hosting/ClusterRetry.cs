using System.Net.Sockets;
using Orleans.Runtime;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Asks again while a cluster gets over the death of a silo. Only for questions and commands that may be asked twice.</summary>
internal static class ClusterRetry
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    /// <exception cref="OrleansException">The cluster did not answer for minutes.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return await ask().WaitAsync(cancellationToken);
            }
            catch (Exception error) when (
                IsPassing(error) && TimeProvider.System.GetElapsedTime(started) < Most)
            {
                if (isFirst)
                {
                    var reason = error.Message.Split('\n', 2)[0];
                    Output.Note($"The cluster does not answer ({error.GetType().Name}: {reason}); asking again ...");
                }

                await Task.Delay(Between, cancellationToken);
            }
        }
    }

    // Storage that is away under a coordinator that wakes on another silo passes, too: what is asked of it later is answered.
    private static bool IsPassing(Exception error) =>
        error is OrleansException or TimeoutException or SocketException or StoreUnavailableException;
}
