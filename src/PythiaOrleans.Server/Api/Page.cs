namespace PythiaOrleans.Server.Api;

/// <summary>A part of a list.</summary>
/// <param name="Items">The part.</param>
/// <param name="Total">How many there are in all.</param>
/// <param name="Next">Where the next part is; null where this was the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total, string? Next)
{
    private const int MaxItems = 1000;
    private const int DefaultItems = 100;

    /// <exception cref="ArgumentException">Skip or take is out of range.</exception>
    internal static Page<T> Create(IReadOnlyCollection<T> all, int? skip, int? take, string path)
    {
        var from = skip ?? 0;
        var count = take ?? DefaultItems;
        if (from < 0 || count is < 1 or > MaxItems)
        {
            throw new ArgumentException($"skip={from}, take={count}: expected skip at least 0 and take from 1 to {MaxItems}.");
        }

        var start = Math.Min(from, all.Count);
        var end = start + Math.Min(count, all.Count - start);
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return new Page<T>(
            [.. all.Skip(start).Take(count)], all.Count, end < all.Count ? $"{path}{separator}skip={end}&take={count}" : null);
    }
}
