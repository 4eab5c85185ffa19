using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

[Collection(nameof(NativeMemoryTests))] // tensors are counted
public sealed class LoadedWeightsTests
{
    private static readonly WeightName Embedding = new(Components.EmbedIn, null, "weight");
    private static readonly WeightName Small = new(Components.FinalLayerNorm, null, "weight");
    private static readonly WeightName Absent = new(Components.EmbedPosition, null, "weight");

    // 4.2 million values in five pieces, the last of them a short one.
    private static readonly ModelShape Shape = ActivationTests.Shape(16, 1, 2) with { VocabularyRows = 262_200 };

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Prepare_GivesWhatIsGivenWhenAsked_InWhateverOrderPiecesRun(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = new RandomModel(Shape, seed: 1);
        using var prepared = new LoadedWeights(model.Input.Checkpoint, CPU, type: type);
        using var asked = new LoadedWeights(model.Input.Checkpoint, CPU, type: type);
        Action[] pieces = [.. prepared.Prepare([Embedding, Small, Absent])];
        Assert.Equal(5, pieces.Length);
        Assert.Empty(prepared.Held);

        Parallel.ForEach(pieces.Reverse(), piece => piece());

        Assert.Equal([Embedding], prepared.Held.Keys);
        Assert.Equal(asked[Embedding].dtype, prepared[Embedding].dtype);
        Assert.True(asked[Embedding].equal(prepared[Embedding]).all().item<bool>());
        Assert.Empty(prepared.Prepare([Embedding]));
    }

    [Fact]
    public void Prepare_OfWhatIsAskedForMeanwhile_LeavesThat()
    {
        using var model = new RandomModel(Shape, seed: 1);
        using var weights = new LoadedWeights(model.Input.Checkpoint, CPU);
        Action[] pieces = [.. weights.Prepare([Embedding])];
        pieces[0]();
        var asked = weights[Embedding];
        Array.ForEach(pieces[1..], piece => piece());
        Assert.Same(asked, weights[Embedding]);
        Assert.False(asked.IsInvalid);
    }

    [Fact]
    public void Dispose_FreesWhatWasNotFinished()
    {
        using var model = new RandomModel(Shape, seed: 1);
        using (var first = new LoadedWeights(model.Input.Checkpoint, CPU))
        {
            first.Prepare([Embedding]).First()(); // what is made once is made
        }

        var before = Tensor.TotalCount;
        var weights = new LoadedWeights(model.Input.Checkpoint, CPU);
        Array.ForEach(weights.Prepare([Embedding]).ToArray()[..3], piece => piece());
        Assert.Equal(before + 1, Tensor.TotalCount);
        weights.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
