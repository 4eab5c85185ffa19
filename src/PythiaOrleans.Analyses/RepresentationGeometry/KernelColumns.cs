using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Geometry;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>How alike a checkpoint's representations are to the final ones, and to those of the step before: unbiased linear CKA.</summary>
/// <remarks>From the similarities that results keep; nothing is run again. Final is the last step of the sweep that has a result.</remarks>
internal sealed class KernelColumns : IDerivedColumns
{
    /// <inheritdoc />
    public string Analysis => "representation-geometry";

    /// <inheritdoc />
    public int Version => 1;

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists { get; } = ["kernel"];

    /// <inheritdoc />
    public bool ReadsPrevious => true;

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final) => Derive(table, final, null);

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final, ResultTable? previous)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(final);
        return
        [
            Column("cka_final", "likeness of the states to the final checkpoint's: unbiased linear CKA of the kept positions", final),
            Column("cka_previous", "the same to the step before in the series; empty at the first", previous),
        ];

        ResultColumn Column(string name, string description, ResultTable? other)
        {
            var others = other is null ? [] : Kernels(other).ToDictionary(kernel => kernel.Key, kernel => kernel.Kernel);
            return new Column<double?>(
                new ColumnSchema(name, typeof(double), true, description, ""),
                Kernels(table).Select(kernel => others.TryGetValue(kernel.Key, out var there)
                    ? KernelAlignment.Compute(kernel.Kernel, there)
                    : null));
        }
    }

    private static IEnumerable<((int? Block, string Component) Key, float[] Kernel)> Kernels(ResultTable table) =>
        table.Read<int?>("block").Zip(table.Read<string>("component"), table.Read<float[]>("kernel"))
            .Select(row => ((row.First, row.Second), row.Third));
}
