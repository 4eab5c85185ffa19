using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The norms that weight decay acts on, with decay time as their clock.</summary>
internal static class DecayedNorms
{
    /// <summary>Of the matrices, block by block.</summary>
    public static Measure Matrix { get; } = Norm("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.All));

    /// <summary>Of the embedding, where the sweep has it.</summary>
    public static Measure Embedding { get; } = Norm(
        "Frobenius norm of the embedding",
        new SeriesColumn("weight-moments", "norm", Components.EmbedIn) { Rows = SeriesRows.Whole }) with
    { Optional = true };

    private static Measure Norm(string name, SeriesColumn column) =>
        new(name, column) { Clock = column with { Column = "decay_factor" } };
}
