using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Findings from elsewhere, and how numbers become verdicts.</summary>
public sealed class CatalogTests
{
    [Fact]
    public void RegisteredAssembly_AddsItsFindings_OnceOnly()
    {
        FindingCatalog.Register(typeof(IFinding).Assembly); // all of them are there already
        var before = FindingCatalog.All.Count;
        FindingCatalog.Register(typeof(IFinding).Assembly);
        Assert.Equal(before, FindingCatalog.All.Count);
        Assert.Equal(FindingCatalog.All.Select(finding => finding.Id).Order(StringComparer.Ordinal),
        FindingCatalog.All.Select(finding => finding.Id));
    }

    [Fact]
    public void NameThatIsTaken_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => FindingCatalog.Register(new Stub("mlp-norms-peak")));
        Assert.Contains("already taken by PythiaOrleans.Reporting.Findings.MlpNormsPeak", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Parts: holds where all hold, fails where none holds in any part, mixed otherwise.</summary>
    [Theory]
    [InlineData(true, true, Verdict.Holds)]
    [InlineData(true, false, Verdict.Mixed)]
    [InlineData(false, false, Verdict.Fails)]
    public void Verdict_IsThatOfTheParts(bool first, bool second, Verdict expected)
    {
        var series = SyntheticSuite.Set("weight-moments", SyntheticSuite.Table(["a"], [("c", "weight")], [0], ("norm", (_, t, _) => t)));
        var report = FindingCatalog.Judge(new Stub("stub", first, second), series);
        Assert.Equal(expected, report.Verdict);
        Assert.Equal(expected, report.VerdictOf("a"));
        Assert.Equal(Verdict.Undecided, report.VerdictOf("b"));
        Assert.Equal(2, report.Parts.Count);
    }

    private sealed class Stub(string id, params bool[] parts) : IFinding
    {
        private static readonly Measure Norm = new("norm", new SeriesColumn("weight-moments", "norm", "c"));

        public string Id => id;

        public string Claim => "a claim";

        public IReadOnlyList<Measure> Measures => [Norm];

        public IEnumerable<Evidence> Judge(SeriesSet series) => parts
            .Select((agrees, i) => Norm.Says($"part {i}", "a", "c", "value", 1, "1", agrees));
    }
}
