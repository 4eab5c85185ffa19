using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Execution;

/// <summary>A task whose results exist already: another worker committed them and could not say so.</summary>
internal sealed class DoneTask(IReadOnlyList<AnalysisId> analyses) : IPreparedTask
{
    /// <inheritdoc />
    public TaskResult Run(int attempt, string device, CancellationToken cancellationToken) => new(analyses, [], 0);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
