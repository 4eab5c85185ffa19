using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Cli.Tests;

/// <summary>An analysis as a plugin brings it, whose cost the product cannot know: a minute for each shard.</summary>
public sealed class SlowAnalysis : Analysis<SlowAnalysis.Row>
{
    public sealed record Row([property: Column("the step")] int Step);

    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) =>
        new() { Rate = WorkRate.Counting, FixedSeconds = 60 };

    protected override AnalysisDescription Describe() => new()
    {
        Name = "slow",
        Version = 1,
        Columns = [],
        Title = "Slow",
        Question = "How long is a minute?",
        Source = "a test",
    };

    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken) => [new Row(0)];
}
