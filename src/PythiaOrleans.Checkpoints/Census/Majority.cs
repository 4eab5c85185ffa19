namespace PythiaOrleans.Checkpoints.Census;

/// <summary>What most of several things have in common.</summary>
public static class Majority
{
    /// <summary>The value of more than half; null where there is none.</summary>
    public static T? Of<T>(IEnumerable<T> values)
        where T : struct
    {
        var all = values.ToArray();
        return all.GroupBy(value => value).Where(group => 2 * group.Count() > all.Length).Select(group => (T?)group.Key).FirstOrDefault();
    }

    /// <summary>The text of more than half; null where there is none.</summary>
    public static string? OfTexts(IEnumerable<string> values)
    {
        var all = values.ToArray();
        return all.GroupBy(value => value, StringComparer.Ordinal).FirstOrDefault(group => 2 * group.Count() > all.Length)?.Key;
    }
}
