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

    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="waitsForStorage">
    /// Whether storage that is away passes, too: it does for a client that follows a sweep while its coordinator wakes on another silo. A
    /// sweep that cannot be started says why at once.
    /// </param>
    /// <exception cref="OrleansException">The cluster did not answer for minutes.</exception>
    /// <exception cref="StoreUnavailableException">The storage is away or refuses.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, bool waitsForStorage = false)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return await ask().WaitAsync(cancellationToken);
            }
            catch (Exception error) when (
                IsPassing(error, waitsForStorage) && TimeProvider.System.GetElapsedTime(started) < Most)
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

    /// <summary>As <see cref="AskAsync"/>, for a command.</summary>
    /// <exception cref="OrleansException">The cluster did not answer for minutes.</exception>
    /// <exception cref="StoreUnavailableException">The storage is away or refuses.</exception>
    public static Task DoAsync(Func<Task> command, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            await command();
            return true;
        },
        cancellationToken);

    private static bool IsPassing(Exception error, bool waitsForStorage) =>
        error is OrleansException or TimeoutException or SocketException || (waitsForStorage && error is StoreUnavailableException);
}
