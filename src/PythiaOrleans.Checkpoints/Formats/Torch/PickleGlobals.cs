namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>The allow-list of names in a pickle. What is not here is refused where it is named, before anything could use it.</summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, object> Allowed = new(StringComparer.Ordinal)
    {
        ["collections.OrderedDict"] = PickleGlobal.OrderedDictionary,
        ["torch._utils._rebuild_tensor"] = PickleGlobal.RebuildTensor,
        ["torch._utils._rebuild_tensor_v2"] = PickleGlobal.RebuildTensor,
        ["torch._utils._rebuild_parameter"] = PickleGlobal.RebuildParameter,
        ["torch.DoubleStorage"] = DType.F64,
        ["torch.FloatStorage"] = DType.F32,
        ["torch.HalfStorage"] = DType.F16,
        ["torch.BFloat16Storage"] = DType.BF16,
        ["torch.LongStorage"] = DType.I64,
        ["torch.IntStorage"] = DType.I32,
        ["torch.ShortStorage"] = DType.I16,
        ["torch.CharStorage"] = DType.I8,
        ["torch.ByteStorage"] = DType.U8,
        ["torch.BoolStorage"] = DType.Bool,
    };

    /// <summary>A <see cref="PickleGlobal"/>, or the <see cref="DType"/> of a storage; null for everything else.</summary>
    public static object? Find(string module, string name) => Allowed.GetValueOrDefault($"{module}.{name}");
}
