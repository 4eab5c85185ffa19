namespace PythiaOrleans.Checkpoints.Loading;

/// <summary>What wrappers put before every name: a compiled model <c>_orig_mod.</c>, DistributedDataParallel <c>module.</c>, a trainer <c>model.</c>, in any order.</summary>
internal static class WrapperPrefix
{
    private static readonly string[] Known = ["module.", "_orig_mod.", "model."];

    /// <summary>The wrappers' prefixes that all names share, in the order in which they stand; empty where there are none.</summary>
    /// <param name="names">Every tensor's name.</param>
    /// <param name="own">A prefix that is part of the family's names, and no wrapper's.</param>
    public static string Find(IReadOnlyList<string> names, string own)
    {
        var found = "";
        while (names.Count > 0 && Array.Find(Known, known => known != own && IsShared(names, found + known)) is { } next)
        {
            found += next;
        }

        return found;
    }

    private static bool IsShared(IReadOnlyList<string> names, string prefix) =>
        names.All(name => name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal));
}
