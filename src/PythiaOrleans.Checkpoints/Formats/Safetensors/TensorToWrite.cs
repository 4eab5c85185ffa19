namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>One tensor to be written.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">How the elements are encoded.</param>
/// <param name="Shape">Sizes, slowest first.</param>
/// <param name="Data">The elements, row-major, little-endian.</param>
public sealed record TensorToWrite(string Name, DType DType, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Data);
