using System.Globalization;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>
/// How a model's folder names its steps: <c>step1000</c>, as trainers do (<c>step001000</c>, <c>checkpoint-1000</c>,
/// <c>global_step1000</c>,
/// <c>ckpt_1000</c>, <c>epoch=1-step=1000</c>, <c>step1000-unsharded</c>), or by a pattern of the user's.
/// </summary>
internal sealed partial class StepNames
{
    /// <summary>What a pattern writes where the number stands.</summary>
    public const string Placeholder = "{step}";

    private readonly Regex[] _patterns;

    /// <summary>The usual names, or a pattern such as <c>run_{step}_final</c>; <c>*</c> stands for any text.</summary>
    /// <exception cref="ArgumentException">The pattern does not hold <c>{step}</c> once, or names another folder.</exception>
    public StepNames(string? pattern = null) => _patterns = pattern is null ? [Canonical(), Known(), Number()] : [Compile(pattern)];

    /// <summary>The steps of a model's folder, ascending, each with its folder's name.</summary>
    /// <remarks>Of two folders that mean one step, the one named <c>stepN</c> counts, else the first in the order of names.</remarks>
    /// <param name="modelFolder">The folder.</param>
    /// <param name="onLeftOut">Called with each folder that means a step another one has.</param>
    public SortedDictionary<int, string> ListSteps(string modelFolder, Action<int, string>? onLeftOut = null)
    {
        var steps = new SortedDictionary<int, string>();
        if (!Directory.Exists(modelFolder))
        {
            return steps;
        }

        string[] names =
        [
            .. Directory.EnumerateDirectories(modelFolder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)
        ];
        foreach (var pattern in _patterns)
        {
            foreach (var name in names)
            {
                if (pattern.Match(name) is { Success: true } match && Parse(match.Groups["step"].ValueSpan) is { } step
                    && !steps.TryAdd(step, name) && steps[step] != name)
                {
                    onLeftOut?.Invoke(step, name);
                }
            }
        }

        return steps;
    }

    /// <summary>What the folder of a step may be called, for messages.</summary>
    public override string ToString() =>
        _patterns.Length > 1
            ? "stepN, checkpoint-N, global_stepN, ckpt_N (zeros before N are allowed)"
            : "names of the form that --step-pattern gives";

    private static int? Parse(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static Regex Compile(string pattern)
    {
        if (pattern.Split(Placeholder).Length != 2 || pattern.AsSpan().ContainsAny('/', '\\'))
        {
            throw new ArgumentException(
                $"--step-pattern: expected the name of one folder with {Placeholder} where the number stands, found '{pattern}'.");
        }

        var expression = Regex.Escape(pattern).Replace(Regex.Escape(Placeholder), "(?<step>[0-9]+)", StringComparison.Ordinal)
            .Replace(@"\*", ".*?", StringComparison.Ordinal);
        return new Regex($@"\A{expression}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    [GeneratedRegex(@"\Astep(?<step>0|[1-9][0-9]*)\z")]
    private static partial Regex Canonical();

    [
        GeneratedRegex(
            @"(?:\A|[^A-Za-z])(?:step|steps|checkpoint|ckpt|iter|iteration)[-_=.]*(?<step>[0-9]+)(?![0-9.])",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
    ]
    private static partial Regex Known();

    [GeneratedRegex(@"\A(?<step>[0-9]+)\z")]
    private static partial Regex Number();
}
