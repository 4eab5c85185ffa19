using System.Globalization;

namespace PythiaOrleans.Core.Ids;

/// <summary>Names one trained state of one model, for example <c>pythia-160m@step3000</c>.</summary>
/// <param name="Model">The catalog's name of the model, checked by <see cref="Identifier"/>.</param>
/// <param name="Step">Optimizer steps taken; step 0 is the initialization.</param>
public readonly record struct CheckpointId(string Model, int Step) : IComparable<CheckpointId>
{
    private const string Separator = "@step";

    /// <summary>Where this checkpoint's files and results live, relative to their root: <c>pythia-160m/step3000</c>.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"{Model}/step{Step}");

    /// <summary>The hub's revision of this step: <c>step3000</c>.</summary>
    public string Revision => string.Create(CultureInfo.InvariantCulture, $"step{Step}");

    /// <summary>Reads what <see cref="ToString"/> prints.</summary>
    /// <exception cref="FormatException">The text is not <c>model@stepN</c> with a legal model name and N at least 0.</exception>
    public static CheckpointId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.LastIndexOf(Separator, StringComparison.Ordinal);
        if (at > 0
            && int.TryParse(text.AsSpan(at + Separator.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && Identifier.IsValid(text[..at]))
        {
            return new CheckpointId(text[..at], step);
        }

        throw new FormatException($"'{text}' names no checkpoint: expected model@stepN, for example pythia-160m@step3000.");
    }

    /// <summary>Orders by model name, then by step.</summary>
    public int CompareTo(CheckpointId other)
    {
        var byModel = string.CompareOrdinal(Model, other.Model);
        return byModel != 0 ? byModel : Step.CompareTo(other.Step);
    }

    /// <summary>The grain key and the log field: one spelling everywhere.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}{Separator}{Step}");
}
