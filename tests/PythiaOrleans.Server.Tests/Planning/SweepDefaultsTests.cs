using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Server.Planning;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

/// <summary>What a sweep over one's own folder takes where nothing else is said.</summary>
public sealed class SweepDefaultsTests : IDisposable
{
    private readonly TinySuite _suite = new(steps: 3);

    private ModelCatalog Catalog => ModelCatalog.Default.With(CheckpointSources.ReadModels(_suite.Source));

    public void Dispose() => _suite.Dispose();

    [Fact]
    public void Models_OfAFolderThatHoldsNoneOfTheSuite_AreItsOwn()
    {
        Directory.CreateDirectory(Path.Combine(_suite.Source, "cut", "step0"));
        File.WriteAllText(Path.Combine(_suite.Source, "cut", "step0", "config.json"), "{");
        var defaults = Decide();
        Assert.Equal(["tiny-a", "tiny-b"], defaults.Models);
        Assert.Equal([0, 10, 20], defaults.Steps);
        Assert.Equal(0, defaults.ReferenceStep);
    }

    [Fact]
    public void Steps_OfSeveralModels_AreThoseThatTheyShare()
    {
        Directory.Delete(Path.Combine(_suite.Source, "tiny-b", "step10"), recursive: true);
        Assert.Equal([0, 20], Decide("tiny-a", "tiny-b").Steps);
        Assert.Equal([0, 10, 20], Decide("tiny-a").Steps);
        Directory.Delete(Path.Combine(_suite.Source, "tiny-b", "step0"), recursive: true);
        Directory.Delete(Path.Combine(_suite.Source, "tiny-a", "step20"), recursive: true);
        Assert.Contains(
            "share no step", Assert.Throws<ArgumentException>(() => Decide("tiny-a", "tiny-b")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pythia-14m")]
    [InlineData("pythia-70m")]
    [InlineData("nano-1")]
    public void Folder_WithoutAnyOfTheModels_IsRefusedBeforeAnythingIsPlanned(string model)
    {
        var error = Assert.Throws<ArgumentException>(() => Decide(model));
        Assert.Contains("tiny-a, tiny-b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Suite_OnTheHub_KeepsItsOwnSteps()
    {
        var suite = Catalog.FindSuite("pythia");
        var defaults = new SweepDefaults(Catalog, suite, new SweepRequest(null, null, null, null, null, null, "hub"));
        Assert.Equal(suite.Models, defaults.Models);
        Assert.Equal(suite.Steps, defaults.Steps);
        Assert.Equal(suite.ReferenceStep, defaults.ReferenceStep);
    }

    /// <summary>A repository that refuses access is a warning of the plan; the other models are planned.</summary>
    [Fact]
    public async Task Look_AtARefusedModel_WarnsOnceAndGoesOn()
    {
        var look = new SourceLook(new RefusingSource());
        Assert.Null(await look.FindAsync(new CheckpointId("closed", 0), TestContext.Current.CancellationToken));
        Assert.Null(await look.FindAsync(new CheckpointId("closed", 10), TestContext.Current.CancellationToken));
        Assert.Equal(7, await look.FindAsync(new CheckpointId("open", 0), TestContext.Current.CancellationToken));
        Assert.Equal("closed: set HF_TOKEN", Assert.Single(look.Warnings));
        Assert.Null(await look.DigestAsync(new CheckpointId("open", 0), TestContext.Current.CancellationToken));
    }

    private SweepDefaults Decide(params string[] models) => new(
        Catalog, Catalog.FindSuite("pythia"), new SweepRequest(
            null, null, models.Length > 0 ? models : null, null, null, null, _suite.Source));

    private sealed class RefusingSource : ICheckpointSource
    {
        private int _asked;

        public string Name => "refusing";

        public bool HasPlacePerModel => true;

        public ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => checkpoint.Model == "open"
            ? ValueTask.FromResult<long?>(7)
            : throw (++_asked == 1 ? new AccessDeniedException("set HF_TOKEN") : new InvalidOperationException("asked again"));

        public ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
