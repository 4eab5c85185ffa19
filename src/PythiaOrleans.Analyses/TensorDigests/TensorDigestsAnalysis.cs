using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.TensorDigests;

/// <summary>Which tensors are the same, byte by byte, as those of another checkpoint?</summary>
/// <remarks>
/// SHA-256 of every parameter's bytes, row-major and little-endian, in the type of the file; values of a narrower type than half precision
/// are widened first, each exactly. <c>pythia census --sweep</c> compares these digests over steps and models.
/// </remarks>
public sealed class TensorDigestsAnalysis : Analysis<TensorDigestsAnalysis.Row>
{
    // Hashing, and what looking for the grid of each value takes beside it.
    private const int Readings = 3;

    /// <summary>One parameter.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight or bias")] string Parameter,
        [property: Column("name of the tensor in the file")] string Tensor,
        [property: Column("type of its elements in the file")] string Dtype,
        [property: Column("sizes of its dimensions, separated by commas")] string Shape,
        [property: Column("bytes that were hashed", Unit = "bytes")] long Bytes,
        [property: Column("SHA-256 of these bytes")] string Sha256,
        [property: Column("whether every value is a half-precision number; NaN and infinities are")] bool OnHalfGrid,
        [property: Column("whether every value is a bfloat16 number; NaN and infinities are")] bool OnBfloat16Grid);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "tensor-digests",
        Version = 1,
        Order = 14,
        ByDefault = false,
        Title = "Digests of every parameter",
        Question = "Which tensors are the same, byte by byte, as those of another checkpoint?",
        Source = "This project; copied and mixed revisions as reported to EleutherAI/pythia (#203, #205, #206) and allenai/OLMo (#915)",
        Columns = [],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) =>
        new() { Rate = WorkRate.Hashing, Bytes = Readings * bytes };

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return CoreThreads.MapOnHost(input.Checkpoint.Parameters, parameter => parameter.Tensor.ByteLength, RowOf, cancellationToken);
    }

    private static Row RowOf(Parameter parameter)
    {
        var (name, tensor) = (parameter.Name, parameter.Tensor);
        var content = TensorContent.Read(tensor);
        return new Row(
            name.Block,
            name.Component,
            name.Parameter,
            tensor.Name,
            (tensor.StoredType ?? tensor.DType).Spelling(),
            string.Join(',', tensor.Shape),
            tensor.ByteLength,
            content.Sha256,
            content.OnHalfGrid,
            content.OnBfloat16Grid);
    }
}
