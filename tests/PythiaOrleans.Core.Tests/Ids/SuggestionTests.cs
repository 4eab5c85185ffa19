using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Tests;

public sealed class SuggestionTests
{
    private static readonly string[] Models = ["pythia-14m", "pythia-31m", "pythia-70m", "pythia-70m-deduped", "pythia-1.4b", "opt-125m"];

    /// <summary>Counted by hand; an exchange of neighbours is one mistake, not two.</summary>
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("swep", "sweep", 1)]
    [InlineData("nomr", "norm", 1)]
    [InlineData("norm", "norm", 0)]
    public void Distance_CountsMistakes(string from, string to, int expected)
    {
        Assert.Equal(expected, Suggestion.Distance(from, to));
        Assert.Equal(expected, Suggestion.Distance(to, from));
    }

    [Fact]
    public void Near_OfTheLikeliestTypos_IsWhatWasMeant()
    {
        Assert.Equal("pythia-70m", Suggestion.Near("pythia-71m", Models)[0]);
        Assert.Equal("pythia-70m", Suggestion.Near("pythia-70b", Models)[0]);
        Assert.Equal("pythia-70m", Suggestion.Near("PYTHIA-70M", Models)[0]);
        Assert.Equal(["pythia-70m-deduped"], Suggestion.Near("deduped", Models));
    }

    [Fact]
    public void Near_OfSomethingElse_IsNothing() => Assert.Empty(Suggestion.Near("llama-3-8b", Models));

    [Fact]
    public void Among_NamesWhatWasMeantAndWhatThereIs()
    {
        Assert.Equal("did you mean nano? There are nano, mine.", Suggestion.Among("nanno", ["nano", "mine"]));
        Assert.Equal("there are nano, mine.", Suggestion.Among("pythia", ["nano", "mine"]));
        Assert.Equal("there are none.", Suggestion.Among("nano", []));
        string[] many = [.. Enumerable.Range(1, 20).Select(i => $"plot-{i:00}")];
        Assert.Equal("did you mean plot-01? There are 20.", Suggestion.Among("plot01", many));
        Assert.EndsWith("plot-20 and 8 more.", Suggestion.Among("x", many), StringComparison.Ordinal);
    }
}
