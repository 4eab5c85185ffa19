namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Steps in words: <c>step 3000</c>, <c>steps 1, 2, 4 and 150 others</c>.</summary>
internal static class StepText
{
    private const int MaxShown = 4;

    /// <summary>Names steps; a null is <c>main</c>.</summary>
    public static string Of(IEnumerable<int?> steps)
    {
        var all = steps.ToArray();
        var numbers = all.OfType<int>().Order().ToArray();
        string[] parts =
        [
            .. all.Contains(null) ? ["main"] : Array.Empty<string>(),
            .. numbers.Length == 0 ? [] : new[] { $"{(numbers.Length == 1 ? "step" : "steps")} {Shorten(numbers)}" },
        ];
        return string.Join(" and ", parts);
    }

    private static string Shorten(int[] numbers) => numbers.Length <= MaxShown + 1
        ? string.Join(", ", numbers)
        : $"{string.Join(", ", numbers.Take(MaxShown))} and {numbers.Length - MaxShown} others";
}
