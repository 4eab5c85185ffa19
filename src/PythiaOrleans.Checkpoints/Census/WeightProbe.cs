using System.Text.Json.Serialization;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>What a few ranges of a revision's weight files say.</summary>
/// <param name="Problem">Why a file cannot be read as what its name says; null where it can.</param>
/// <param name="Tensors">A digest of the names and sizes of all tensors; empty where headers cannot be read in parts.</param>
/// <param name="Types">The types of the values, separated by commas.</param>
/// <param name="Parameters">How many numbers all tensors hold.</param>
/// <param name="EmbeddingValues">How many of the values are the embedding's; they come first.</param>
/// <param name="Values">Values of the embedding and of norms, little-endian single precision.</param>
internal sealed record WeightProbe(string? Problem, string Tensors, string Types, long Parameters, int EmbeddingValues, byte[] Values)
{
    private float[]? _numbers;

    /// <summary>Nothing is known of the weights: the files are of a kind that is not read in parts.</summary>
    public static WeightProbe Unread { get; } = new(null, "", "", 0, 0, []);

    /// <summary>The values.</summary>
    [JsonIgnore]
    public float[] Numbers => _numbers ??= System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Values).ToArray();

    /// <summary>The embedding's values.</summary>
    [JsonIgnore]
    public ReadOnlySpan<float> Embedding => Numbers.AsSpan(0, EmbeddingValues);
}
