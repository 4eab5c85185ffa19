using StackExchange.Redis;

namespace PythiaOrleans.Server.Membership;

/// <summary>Refuses a Redis that would forget the cluster.</summary>
/// <remarks>
/// Membership lives in Redis. One that restarts empty lets a second cluster form under the same id while the first still runs (seen on
/// Orleans 10.4.2), and
/// then no silo of the first can be voted dead.
/// </remarks>
public static class RedisGuard
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    /// <summary>What the providers connect with: they wait for a Redis that is away instead of giving up.</summary>
    /// <exception cref="ArgumentException">The text is no connection string.</exception>
    public static ConfigurationOptions Parse(string redis)
    {
        try
        {
            var options = RedisUrl.TryParse(redis) ?? ConfigurationOptions.Parse(redis);
            options.AbortOnConnectFail = false;
            return options.EndPoints.Count > 0 ? options : throw new ArgumentException("it names no host.");
        }
        catch (ArgumentException error)
        {
            // Not the text itself: it may hold a password.
            throw new ArgumentException(
                "Redis: expected host:port, with further settings after commas, for example 127.0.0.1:6379,password=secret, or "
                    + $"redis://user:password@host:6379/0; {error.Message}");
        }
    }

    /// <summary>Looks whether what is written there stays.</summary>
    /// <exception cref="InvalidOperationException">Append-only persistence is off, or Redis does not answer.</exception>
    public static async Task CheckAsync(string redis, CancellationToken cancellationToken)
    {
        var options = Parse(redis);
        options.ConnectTimeout = (int)ConnectLimit.TotalMilliseconds;
        var place = string.Join(", ", options.EndPoints);
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(ConnectLimit, cancellationToken)
                .ConfigureAwait(false);
            var answer = await connection.GetDatabase().ExecuteAsync("INFO", "persistence").WaitAsync(ConnectLimit, cancellationToken)
                .ConfigureAwait(false);
            if (!$"{answer}".Contains("aof_enabled:1", StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    $"Redis at {place}: expected append-only persistence (appendonly yes), found it off. After a restart it would have "
                        + "forgotten the cluster, and a second one "
                    + "could form beside the first. Turn it on (CONFIG SET appendonly yes; a volume for its folder), or set "
                    + "AllowVolatileRedis for a trial.");
            }
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw new InvalidOperationException(
                $"Redis at {place} does not answer: {error.Message} Start it, or correct the option Redis.", error);
        }
    }
}
