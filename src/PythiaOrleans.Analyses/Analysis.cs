using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses;

/// <summary>An analysis whose table has one row type. Derive, declare, compute: a new analysis is one new file.</summary>
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
