using System.Globalization;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a suite names the revision or folder of a step: <c>stage1-step{step}-tokens{tokens:up}B</c>.</summary>
/// <remarks>
/// <c>{step}</c> is the step, <c>{step:07}</c> the step with zeros before it up to seven digits. <c>{tokens}</c> is the number of tokens
/// seen so far in billions, rounded
/// to the nearest whole number; <c>{tokens:up}</c> and <c>{tokens:down}</c> round up and down. Everything else stands for itself.
/// </remarks>
public sealed partial class RevisionTemplate
{
    private const double Billion = 1e9;
    private const int MaxLength = 200;
    private const int MaxDigits = 12;

    private readonly string _text;
    private readonly Regex _pattern;

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">It has no <c>{step}</c>, or a placeholder that is not known.</exception>
    public RevisionTemplate(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        var placeholders = Placeholder().Matches(text);
        var rest = Placeholder().Replace(text, "");
        if (text.Length > MaxLength
            || rest.AsSpan().ContainsAny('{', '}')
            || !placeholders.Any(match => match.Groups["name"].Value == "step"))
        {
            throw new FormatException(
                $"Revision '{text}': expected text with {{step}}, and with {{step:07}}, {{tokens}}, {{tokens:up}} or {{tokens:down}} "
                + "where it needs them, found another.");
        }

        _text = text;
        NeedsTokens = placeholders.Any(match => match.Groups["name"].Value == "tokens");
        var escaped = Regex.Split(text, "(\\{[^}]*\\})")
            .Select(part => !part.StartsWith('{')
                ? Regex.Escape(part)
                : part.StartsWith("{step", StringComparison.Ordinal) ? "(?<step>[0-9]+)" : "[0-9]+");
        _pattern = new Regex($"\\A{string.Concat(escaped)}\\z", RegexOptions.CultureInvariant);
    }

    /// <summary>Whether it names the number of tokens, which needs the tokens of a step.</summary>
    public bool NeedsTokens { get; }

    /// <summary>The name of a step's revision or folder.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tokensPerStep">Tokens of one step; needed where <see cref="NeedsTokens"/>.</param>
    /// <exception cref="InvalidOperationException">The template needs the tokens of a step, and there are none.</exception>
    public string Format(int step, long? tokensPerStep) => Placeholder().Replace(_text, match => match.Groups["name"].Value == "step"
        ? Pad(step, match.Groups["format"].Value)
        : Round(step * (decimal)(tokensPerStep ?? throw new InvalidOperationException(
            $"Revision '{_text}': expected tokens_per_step in the catalog, to compute {{tokens}}, found none."))
            / (decimal)Billion, match.Groups["format"].Value));

    /// <summary>The step that a revision's name belongs to, if it is one of this template.</summary>
    public bool TryMatch(string revision, out int step)
    {
        ArgumentNullException.ThrowIfNull(revision);
        step = 0;
        var match = _pattern.Match(revision);
        return match.Success && int.TryParse(match.Groups["step"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out step);
    }

    /// <inheritdoc />
    public override string ToString() => _text;

    private static string Pad(int step, string format) => step.ToString(CultureInfo.InvariantCulture)
        .PadLeft(format.Length == 0 ? 0 : Math.Min(MaxDigits, int.Parse(format, CultureInfo.InvariantCulture)), '0');

    private static string Round(decimal billions, string how) => (how switch
    {
        "up" => Math.Ceiling(billions),
        "down" => Math.Floor(billions),
        _ => Math.Round(billions, MidpointRounding.AwayFromZero),
    }).ToString("0", CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\{(?:(?<name>step)(?::0(?<format>[1-9][0-9]?))?|(?<name>tokens)(?::(?<format>up|down))?)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
