using System.Net;
using System.Security.Authentication;
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
    // A silo waits for a Redis that is just starting; a person waits for a sentence.
    private static readonly TimeSpan SiloLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClientLimit = TimeSpan.FromSeconds(9);

    /// <summary>What the providers connect with: they wait for a Redis that is away instead of giving up.</summary>
    /// <param name="redis">As StackExchange.Redis writes it.</param>
    /// <param name="tls">Whose certificates count where the text says <c>ssl=true</c>; null takes the machine's.</param>
    /// <exception cref="ArgumentException">The text is no connection string.</exception>
    public static ConfigurationOptions Parse(string redis, SiloTls? tls = null)
    {
        try
        {
            var options = RedisUrl.TryParse(redis) ?? ConfigurationOptions.Parse(redis);
            options.AbortOnConnectFail = false;
            tls?.AddTo(options);
            return options.EndPoints.Count == 0
                ? throw new ArgumentException("it names no host.")
                : options.EndPoints.Any(place => place is DnsEndPoint { Host: var host } && host.Contains(':', StringComparison.Ordinal))
                    ? throw new ArgumentException("a host has one port, and an address of IPv6 stands in brackets.")
                    : options;
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
    /// <param name="options">From <see cref="Parse"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Append-only persistence is off, or Redis does not answer.</exception>
    public static async Task CheckAsync(ConfigurationOptions options, CancellationToken cancellationToken)
    {
        var place = string.Join(", ", options.EndPoints);
        try
        {
            await using var connection = await ConnectAsync(options, SiloLimit, cancellationToken).ConfigureAwait(false);
            var answer = await connection.GetDatabase().ExecuteAsync("INFO", "persistence").WaitAsync(SiloLimit, cancellationToken)
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
        catch (RedisServerException error) when (IsLoginRefused(error.Message))
        {
            throw new InvalidOperationException(LoginRefused(place, options), error);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw new InvalidOperationException(
                $"Redis at {place} does not answer: {error.Message} Start it, or correct the option Redis.", error);
        }
    }

    /// <summary>Asks once, within seconds.</summary>
    /// <exception cref="InvalidOperationException">Redis does not answer, or wants another password; the message says which.</exception>
    public static async Task CheckAnswersAsync(ConfigurationOptions options, CancellationToken cancellationToken)
    {
        var place = string.Join(", ", options.EndPoints);
        try
        {
            await using var connection = await ConnectAsync(options, ClientLimit, cancellationToken).ConfigureAwait(false);
            await connection.GetDatabase().PingAsync().WaitAsync(ClientLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException error) when (IsLoginRefused(error.Message))
        {
            throw new InvalidOperationException(LoginRefused(place, options), error);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw new InvalidOperationException(
                $"Redis at {place} does not answer: {error.Message} Start it, or correct --cluster.", error);
        }
    }

    // With AbortOnConnectFail the connection says why it was refused instead of waiting until it is not.
    private static async Task<ConnectionMultiplexer> ConnectAsync(
        ConfigurationOptions options, TimeSpan limit, CancellationToken cancellationToken)
    {
        var once = options.Clone();
        (once.AbortOnConnectFail, once.ConnectTimeout, once.ConnectRetry) = (true, (int)(limit / 3).TotalMilliseconds, 1);
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(once).WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisConnectionException error) when (IsCertificateRefused(error))
        {
            throw new InvalidOperationException(
                $"Redis at {string.Join(", ", options.EndPoints)} shows a certificate that is not trusted: {Innermost(error)} Set "
                    + "PYTHIA__TLS__AUTHORITY (with PYTHIA__TLS__CERTIFICATE and PYTHIA__TLS__KEY) to the authority that signed it, or add "
                    + "that authority to those of this machine (SSL_CERT_FILE).",
                error);
        }
        catch (RedisConnectionException error) when (
            error.FailureType == ConnectionFailureType.AuthenticationFailure || IsLoginRefused($"{error}")
                || error.Message.Contains("authentication failure", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException(LoginRefused(string.Join(", ", options.EndPoints), options), error);
        }
    }

    // To StackExchange.Redis a refused certificate is an authentication failure, as a refused password is.
    private static bool IsCertificateRefused(Exception error) => Causes(error).Any(cause => cause is AuthenticationException)
        || $"{error}".Contains("RemoteCertificateValidationCallback", StringComparison.Ordinal);

    private static string Innermost(Exception error) => Causes(error).Last().Message;

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static bool IsLoginRefused(string message) =>
        message.Contains("NOAUTH", StringComparison.Ordinal) || message.Contains("WRONGPASS", StringComparison.Ordinal);

    private static string LoginRefused(string place, ConfigurationOptions options) =>
        $"Redis at {place} wants {(options.Password is { Length: > 0 } ? "another" : "a")} password: add it as "
            + "host:port,password=... (with user=... where it has users).";
}
