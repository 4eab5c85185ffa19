namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>One tensor to be written, whose bytes come part by part.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">How the elements are encoded.</param>
/// <param name="Shape">Sizes, slowest first.</param>
/// <param name="Bytes">How many bytes there will be.</param>
/// <param name="Write">Hands over the bytes in order.</param>
internal sealed record TensorParts(string Name, DType DType, IReadOnlyList<long> Shape, long Bytes, Action<StoredTensor.SpanAction> Write);
