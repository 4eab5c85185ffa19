namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>
/// The only functions and types that a pickle may name. None of them is ever called: each is interpreted by <see cref="PickleReader"/>.
/// </summary>
internal enum PickleGlobal
{
    /// <summary><c>collections.OrderedDict</c>.</summary>
    OrderedDictionary,

    /// <summary><c>torch._utils._rebuild_tensor</c> and <c>_rebuild_tensor_v2</c>: storage, offset, sizes, strides.</summary>
    RebuildTensor,

    /// <summary><c>torch._utils._rebuild_parameter</c>: the tensor, whether it is trained, hooks.</summary>
    RebuildParameter,
}

/// <summary>A list while it is read. Compared by reference, for it may contain itself.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dictionary in the order of its items, with names that occur twice; a caller that needs unique names checks.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A storage that tensors are views of: its elements are elsewhere in the file, under its key.</summary>
internal sealed record PickleStorage(string Key, DType DType, long Count);

/// <summary>A tensor: a strided view of a storage. Offset, sizes and strides count elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Whether its elements lie one after the other, row by row.</summary>
    public bool IsContiguous
    {
        get
        {
            if (Shape.Contains(0))
            {
                return true;
            }

            long expected = 1;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}
