namespace PythiaOrleans.Analyses.Passes;

/// <summary>An observer that makes the rows of its analysis.</summary>
/// <typeparam name="TRow">The analysis's row type.</typeparam>
internal abstract class RowObserver<TRow> : PassObserver
{
    /// <summary>The rows, once the pass has ended.</summary>
    public abstract IEnumerable<TRow> Rows(CancellationToken cancellationToken);
}
