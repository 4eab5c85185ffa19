using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Integrity;

/// <summary>Is the file what it says it is? Before anything is believed.</summary>
/// <remarks>
/// Reads nothing beyond the digest that provenance needs anyway. A second checkpoint with the same digest shows in the series as two rows
/// with one <c>sha256</c>: legitimate for steps 0, 1 and 2 of Pythia (the learning rate of the first updates is 0), a bad upload elsewhere.
/// <c>bias_twin_difference</c>: with the parallel residual the biases of <c>attention.dense</c> and <c>mlp.dense_4h_to_h</c> get the same
/// gradients from the same start, so they stay equal: a free check of files and of the trainer.
/// </remarks>
public sealed class IntegrityAnalysis : Analysis<IntegrityAnalysis.Row>
{
    /// <summary>One checkpoint's state.</summary>
    public sealed record Row(
        [property: Column("SHA-256 of the weight file; of the list of digests where there are several")] string Sha256,
        [property: Column("bytes of all weight files", Unit = "bytes")] long Bytes,
        [property: Column("names of the weight files")] string Files,
        [property: Column("element types, separated by commas")] string Dtypes,
        [property: Column("parameters in the file")] long ParameterCount,
        [property: Column("parameters that the catalog expects")] long ExpectedParameterCount,
        [property: Column("names that the family does not know, separated by commas")] string UnknownTensors,
        [property: Column("buffers that were dropped by name")] int DroppedBuffers,
        [property: Column("whether every value is a half-precision number")] bool OnHalfGrid,
        [property: Column("NaN and infinities")] long NonFinite,
        [property: Column(
            "largest relative difference of the biases of attention.dense and mlp.dense_4h_to_h; empty without the parallel residual")]
        double? BiasTwinDifference,
        [property: Column("what is known against this revision; empty where nothing is")] string KnownBad);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "integrity",
        Version = 1,
        Order = 9,
        Title = "Integrity of the checkpoints",
        Question = "Is the file what it says it is?",
        Source = "This project; bad revisions as reported to EleutherAI/pythia",
        Columns = [],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) =>
        new() { Rate = WorkRate.Hashing, Bytes = bytes };

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var checkpoint = input.Checkpoint;
        var files = checkpoint.Files;
        yield return new Row(
            checkpoint.FileDigest,
            files.Sum(file => file.Bytes),
            string.Join(',', files.Select(file => file.Name)),
            string.Join(',', checkpoint.Parameters.Select(parameter =>
                parameter.Tensor.DType.ToString()).Distinct().Order(StringComparer.Ordinal)),
            checkpoint.Parameters.Sum(parameter => parameter.Tensor.Count),
            input.Model.Shape.ParameterCount,
            string.Join(',', checkpoint.UnknownTensors),
            checkpoint.DroppedBuffers.Count,
            checkpoint.Parameters.All(parameter => IsOnHalfGrid(input, parameter)),
            checkpoint.Parameters.Sum(parameter => input.Distribution(parameter).NonFinite),
            HasBiasTwins(checkpoint) ? BiasTwinDifference(checkpoint) : null,
            input.Model.KnownBad.GetValueOrDefault(checkpoint.Id.Step, ""));
    }

    private static bool IsOnHalfGrid(AnalysisInput input, Parameter parameter) => parameter.Tensor.DType == DType.F16
        || input.Distribution(parameter).Values.All(value => (double)(Half)value == value);

    // A GPT-NeoX may have been configured without biases of its attention.
    private static bool HasBiasTwins(Checkpoint checkpoint) =>
        checkpoint.Shape.ParallelResidual && checkpoint.Find(new WeightName(Components.AttentionDense, 0, "bias")) is not null;

    private static double BiasTwinDifference(Checkpoint checkpoint)
    {
        double largest = 0, scale = 0;
        for (var block = 0; block < checkpoint.Shape.Blocks; block++)
        {
            var first = Read(checkpoint[new WeightName(Components.AttentionDense, block, "bias")].Tensor);
            var second = Read(checkpoint[new WeightName(Components.MlpOut, block, "bias")].Tensor);
            for (var i = 0; i < first.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(first[i] - second[i]));
                scale = Math.Max(scale, Math.Abs(first[i]));
            }
        }

        return scale > 0 ? largest / scale : largest;
    }

    private static double[] Read(StoredTensor tensor)
    {
        var values = new double[tensor.Count];
        TensorValues.Read(tensor, 0, values);
        return values;
    }
}
