using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>How long an answer asks its reader to wait: <c>Retry-After</c> (RFC 9110) or <c>RateLimit: "api";r=0;t=290</c> (the IETF draft, as the hub sends it).</summary>
internal static partial class HubWaits
{
    /// <summary>The wait that the answer asks for; null where it asks for none.</summary>
    public static TimeSpan? Find(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.RetryAfter is { } retryAfter)
        {
            var wait = retryAfter.Delta ?? (retryAfter.Date - now);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }

        if (response.StatusCode != HttpStatusCode.TooManyRequests || !response.Headers.TryGetValues("RateLimit", out var limits))
        {
            return null;
        }

        // Of several windows the one that is used up counts, and of several such ones the one that ends last.
        var seconds = limits.SelectMany(limit => limit.Split(','))
            .Where(limit => !Remaining().IsMatch(limit))
            .Select(limit => Reset().Match(limit))
            .Where(match => match.Success)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .DefaultIfEmpty(-1)
            .Max();
        return seconds >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds)) : null;
    }

    // Requests are left in this window.
    [GeneratedRegex(@";\s*r\s*=\s*[1-9]", RegexOptions.CultureInvariant)]
    private static partial Regex Remaining();

    [GeneratedRegex(@";\s*t\s*=\s*([0-9]{1,9})", RegexOptions.CultureInvariant)]
    private static partial Regex Reset();
}
