using PythiaOrleans.Analyses;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Server.Tests;

/// <summary>A plugin's analysis that has the name of one of the product's.</summary>
public sealed class TakenName : Analysis<TakenName.Row>
{
    /// <summary>Nothing of interest.</summary>
    public sealed record Row([property: Column("a number")] double Number);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-moments",
        Version = 1,
        Columns = [],
        Title = "Taken",
        Question = "Is the name taken?",
        Source = "this test",
    };

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken) => [new Row(0)];
}
