namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>Understands what a pickle says of storages and tensors.</summary>
internal static class PickleTensors
{
    /// <summary>More dimensions than any weight has; bounds what one tensor's shape can cost.</summary>
    public const int MaxDimensions = 16;

    /// <summary>The storage that a persistent id names, <c>("storage", type, key, device, count[, view])</c>; null if it is none.</summary>
    /// <remarks>
    /// A view that is not None is how PyTorch before 0.4 kept storages inside storages; it is refused, for no file to test it with was
    /// found.
    /// </remarks>
    public static PickleStorage? Storage(object? id) =>
        id is object?[] parts
            && parts is ["storage", DType type, string key, string, long count, .. var view]
            && count >= 0
            && (view is [] or [null])
            ? new PickleStorage(key, type, count)
            : null;

    /// <summary>
    /// The tensor that <c>_rebuild_tensor(storage, offset, sizes, strides, …)</c> describes; null if the arguments make no sense.
    /// </summary>
    public static PickleTensor? Tensor(object?[] arguments) =>
        arguments is [PickleStorage storage, long offset, object?[] sizes, object?[] strides, ..]
        && offset >= 0 && Numbers(sizes) is { } shape && Numbers(strides) is { } steps && shape.Length == steps.Length
            ? new PickleTensor(storage, offset, shape, steps)
            : null;

    private static long[]? Numbers(object?[] items) =>
        items.Length <= MaxDimensions && Array.TrueForAll(items, item => item is long and >= 0)
        ? Array.ConvertAll(items, item => (long)item!)
        : null;
}
