using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Tests;

public sealed class IdTests
{
    [Fact]
    public void CheckpointId_Printed_ReadsBack()
    {
        var id = new CheckpointId("pythia-1.4b-deduped", 143000);
        Assert.Equal("pythia-1.4b-deduped@step143000", id.ToString());
        Assert.Equal(id, CheckpointId.Parse(id.ToString()));
        Assert.Equal("pythia-1.4b-deduped/step143000", id.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pythia-70m")]
    [InlineData("pythia-70m@step")]
    [InlineData("pythia-70m@step-1")]
    [InlineData("../etc@step1")]
    [InlineData("a/b@step1")]
    [InlineData("@step1")]
    public void CheckpointId_OfNonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => CheckpointId.Parse(text));

    [Fact]
    public void AnalysisId_DoesNotDependOnTheOrderOfParameters_ButOnEachOfThem()
    {
        var id = AnalysisId.Create("weight-distance", 1, new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });
        Assert.Equal(id, AnalysisId.Create("weight-distance", 1, new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" }));
        Assert.NotEqual(id, AnalysisId.Create("weight-distance", 2, new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }));
        Assert.NotEqual(id, AnalysisId.Create("weight-distance", 1, new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" }));
        Assert.Equal(id, AnalysisId.Parse(id.ToString()));
    }

    /// <summary>
    /// The digest is that of the printed text, computed by coreutils: a result's name must never change between versions of this code.
    /// </summary>
    [Fact]
    public void AnalysisId_OfKnownInputs_IsTheDigestOfTheirText()
    {
        Assert.Equal(
            """{"name":"weight-moments","version":1,"parameters":{}}""",
            AnalysisId.Describe("weight-moments", 1, new Dictionary<string, string>()));
        Assert.Equal("22c2b8acc27020bc", AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>()).Fingerprint);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("/a")]
    [InlineData(".a")]
    [InlineData("a\n")]
    [InlineData("")]
    public void Names_ThatCouldLeaveTheirFolder_AreRefused(string name) =>
        Assert.Throws<ArgumentException>(() => Identifier.Validate(name, "model"));
}
