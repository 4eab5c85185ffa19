using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Geometry;

namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>How alike two models are by what they compute on the same tokens: other sizes, other seeds.</summary>
/// <param name="Model">The first one.</param>
/// <param name="Other">The other one.</param>
/// <param name="KlTo">
/// Mean KL(first ‖ other) of their predictions in nats, over the outcomes that <c>behaviour</c> keeps: a lower bound of that over the whole
/// vocabulary. Null where it was not measured of both on the same tokens.
/// </param>
/// <param name="KlFrom">Mean KL(other ‖ first).</param>
/// <param name="Places">Every place of the first one with every place of the other one.</param>
public sealed record ModelLikeness(string Model, string Other, double? KlTo, double? KlFrom, IReadOnlyList<PlaceLikeness> Places)
{
    /// <summary>The column of <c>behaviour</c> that keeps predictions; results of its first version have none.</summary>
    public const string PredictionsColumn = "kept_log_probabilities";

    private const string Block = "residual_stream";

    // Predictions of which behaviour keeps something, at most.
    private const int MaxKept = 256;

    /// <summary>Compares all pairs of models.</summary>
    /// <param name="models">
    /// One checkpoint of each: a result of <c>representation-geometry</c> and one of <c>behaviour</c>, null where there is none.
    /// </param>
    public static IReadOnlyList<ModelLikeness> Compare(IReadOnlyList<(string Model, ResultTable? Geometry, ResultTable? Behaviour)> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        return
        [
            .. from first in Enumerable.Range(0, models.Count)
               from other in Enumerable.Range(first + 1, models.Count - first - 1)
               let kept = Kept(models[first].Behaviour)
               let otherKept = Kept(models[other].Behaviour)
               select new ModelLikeness(
                   models[first].Model, models[other].Model, Divergence(kept, otherKept), Divergence(otherKept, kept),
                   Compare(models[first].Geometry, models[other].Geometry)),
        ];
    }

    /// <summary>Mean KL(p ‖ q) of predictions.</summary>
    /// <param name="p">ln p, prediction after prediction.</param>
    /// <param name="q">ln q of the same predictions.</param>
    /// <param name="outcomes">Of a prediction.</param>
    internal static double Divergence(float[] p, float[] q, int outcomes) => p.Chunk(outcomes).Zip(q.Chunk(outcomes), (a, b) =>
    {
        // Half precision leaves sums that are not quite 1.
        var (sumA, sumB) = (Math.Log(a.Sum(x => Math.Exp(x))), Math.Log(b.Sum(x => Math.Exp(x))));
        return a.Zip(b, (x, y) => Math.Exp(x - sumA) * (x - sumA - (y - sumB))).Sum();
    }).Average();

    private static double? Divergence((float[] Values, int Outcomes)? p, (float[] Values, int Outcomes)? q) =>
        p is { } first && q is { } other && first.Values.Length > 0 && first.Values.Length == other.Values.Length
        && first.Outcomes == other.Outcomes
            ? Divergence(first.Values, other.Values, first.Outcomes)
            : null;

    private static (float[] Values, int Outcomes)? Kept(ResultTable? behaviour)
    {
        if (behaviour?.Find(PredictionsColumn)?.Read<float[]>()[0] is not { } values)
        {
            return null;
        }

        return (values, values.Length / Math.Min(MaxKept, behaviour.Read<int>("predictions")[0]));
    }

    private static IReadOnlyList<PlaceLikeness> Compare(ResultTable? first, ResultTable? other)
    {
        if (first is null || other is null)
        {
            return [];
        }

        var (places, others) = (PlacesOf(first), PlacesOf(other));
        return
        [
            .. from a in places
               from b in others
               select new PlaceLikeness(a.Name, b.Name, KernelAlignment.Compute(a.Kernel, b.Kernel), IsSameDepth(a, b)),
        ];

        // The block of the other one whose end is nearest.
        bool IsSameDepth((string Name, int? Block, float[] Kernel) a, (string Name, int? Block, float[] Kernel) b)
        {
            double depth = places.Count(place => place.Block is not null), otherDepth = others.Count(place => place.Block is not null);
            return a.Block is { } block && b.Block is { } otherBlock
                ? otherBlock == (int)Math.Max(0, Math.Round((block + 1) / depth * otherDepth) - 1)
                : a.Name == b.Name;
        }
    }

    private static (string Name, int? Block, float[] Kernel)[] PlacesOf(ResultTable table) =>
    [
        .. table.Read<int?>("block").Zip(table.Read<string>("component"), table.Read<float[]>("kernel")).Select(row =>
            (row.Second == Block ? $"block {row.First}" : row.Second, row.First, row.Third)),
    ];
}
