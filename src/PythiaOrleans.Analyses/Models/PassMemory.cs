using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The most memory that forward and backward passes take of a device, estimated from shapes: weights, activations, logits.
/// </summary>
/// <remarks>
/// An upper bound: a task that was estimated too small could end another one, and one that was estimated too large only waits.
/// </remarks>
public static class PassMemory
{
    // A weight is there as it is stored until it is converted.
    private const double WithUpload = 1.5;

    // Logits in the model's numbers and in float32, their softmax; on the way back its gradient too.
    private const int LogitsForward = 3;
    private const int LogitsBackward = 4;

    /// <summary>Whether a backward pass keeps the graphs of all blocks, or runs each block a second time.</summary>
    public static bool KeepsGraphs(ModelShape shape, int rows, int length) => BackwardPass.KeepsGraphs(shape, (long)rows * length);

    /// <summary>Bytes of a forward pass that frees each block's weights.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="rows">Sequences of the batch.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="precision">In which the model runs.</param>
    public static long Forward(ModelShape shape, int rows, int length, Precision precision)
    {
        var sizes = new Sizes(shape, rows, length, precision);
        var blocks = (WithUpload * Math.Max(sizes.Embedding, sizes.Block)) + sizes.Activations;
        return (long)(Math.Max(blocks, sizes.Embedding + (LogitsForward * sizes.Logits)) + (2 * sizes.Stream));
    }

    /// <summary>Bytes of a forward and backward pass.</summary>
    /// <inheritdoc cref="Forward"/>
    public static long Backward(ModelShape shape, int rows, int length, Precision precision)
    {
        var sizes = new Sizes(shape, rows, length, precision);
        var end = (2 * sizes.Embedding) + (LogitsBackward * sizes.Logits);
        var ofRows = PassPlan.PassesByRows(shape, rows) ? rows * BlockGradients(shape) : 0;
        return (long)(ofRows + (KeepsGraphs(shape, rows, length)
            ? (WithUpload * sizes.All) + (shape.Blocks * sizes.Activations) + end + (2 * sizes.Block)
            : ((shape.Blocks + 1) * sizes.Stream) + Math.Max((2.5 * sizes.Block) + (2 * sizes.Activations), end)));
    }

    /// <summary>Bytes of the gradients of one block's weights, in float32.</summary>
    public static double BlockGradients(ModelShape shape) => new Sizes(shape, 1, 1, Precision.Float32).Block;

    private readonly struct Sizes
    {
        public Sizes(ModelShape shape, int rows, int length, Precision precision)
        {
            double word = precision == Precision.Float32 ? sizeof(float) : sizeof(ushort);
            double tokens = (double)rows * length, d = shape.HiddenSize, embedding = shape.VocabularyRows * d;
            Embedding = word * embedding;
            All = word * shape.ParameterCount;
            Block = Math.Max(0, All - ((shape.TiedEmbedding ? 1 : 2) * Embedding)) / shape.Blocks;
            Stream = word * tokens * d;
            Activations = word * tokens * ((BackwardPass.KeptPerHidden * d) + (BackwardPass.KeptPerInner * shape.IntermediateSize));
            Logits = sizeof(float) * (double)length * shape.VocabularyRows;
        }

        public double Embedding { get; }

        public double All { get; }

        public double Block { get; }

        public double Stream { get; }

        public double Activations { get; }

        public double Logits { get; }
    }
}
