using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses;

/// <summary>An analysis whose table has one row type. Derive, declare, compute: a new analysis is one new folder.</summary>
/// <typeparam name="TRow">A record whose properties carry <see cref="ColumnAttribute"/>.</typeparam>
public abstract class Analysis<TRow> : IAnalysis
    where TRow : notnull
{
    private AnalysisDescription? _description;

    /// <inheritdoc />
    public AnalysisDescription Description => _description ??= Describe() with { Columns = TableSchema.For<TRow>().Columns };

    /// <inheritdoc />
    public virtual RequiredCheckpoints RequiredCheckpoints => RequiredCheckpoints.None;

    /// <inheritdoc />
    public virtual bool UsesDevice => false;

    /// <inheritdoc />
    public virtual IDerivedColumns? DerivedColumns => null;

    /// <inheritdoc />
    /// <remarks>Unless an analysis knows better: it counts the values of every file once.</remarks>
    public virtual AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) =>
        new() { Rate = WorkRate.Counting, Bytes = bytes };

    /// <inheritdoc />
    /// <remarks>Unless an analysis knows better: the whole model in float64, where it uses the device.</remarks>
    public virtual long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return UsesDevice ? sizeof(double) * shape.ParameterCount : 0;
    }

    /// <inheritdoc />
    public virtual long HostBytes(ModelShape shape, bool offHalfGrid) => 0;

    /// <inheritdoc />
    public ResultTable Run(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ResultTable.From(input.Checkpoint.Id, Measure(input, cancellationToken));
    }

    /// <summary>Everything but the columns, which come from the row type.</summary>
    protected abstract AnalysisDescription Describe();

    /// <summary>The rows, in the order of the checkpoint's parameters.</summary>
    protected abstract IEnumerable<TRow> Measure(AnalysisInput input, CancellationToken cancellationToken);
}
