using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A published claim as a check on series. One file each; it is found by its type, so that adding the file is all.</summary>
/// <remarks>A finding never looks at a model's name to decide; steps are judged as fractions of training, so that suites of other lengths can be compared.</remarks>
public interface IFinding
{
    /// <summary>The name, <c>mlp-norms-peak</c>.</summary>
    string Id { get; }

    /// <summary>The claim in one sentence.</summary>
    string Claim { get; }

    /// <summary>What must be there to judge, and what a plot of the evidence shows.</summary>
    IReadOnlyList<SeriesColumn> Reads { get; }

    /// <summary>The measured numbers, each beside what the claim expects; none where the series are too few or too short to say anything.</summary>
    IEnumerable<Evidence> Judge(SeriesSet series);
}
