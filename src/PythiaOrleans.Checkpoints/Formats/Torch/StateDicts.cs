namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>Finds the weights in what a trainer saved: the state dict itself, or one inside a dictionary that holds the optimizer's state beside it.</summary>
internal static class StateDicts
{
    // The names under which trainers keep the model: Lightning and fairseq, nanoGPT, Megatron, DeepSpeed.
    private static readonly string[] Names = ["state_dict", "model_state_dict", "model", "module", "encoder", "language_model"];

    private const int MaxDepth = 4;

    /// <summary>The dictionary of tensors; the root itself where neither it nor a dictionary of a known name holds one.</summary>
    public static PickleDictionary Find(PickleDictionary root)
    {
        var at = root;
        for (var depth = 0; depth < MaxDepth && !HasTensors(at); depth++)
        {
            if (Array.Find(Names, name => Entry(at, name) is not null) is not { } known)
            {
                break;
            }

            at = Entry(at, known)!;
        }

        return HasTensors(at) ? at : root;
    }

    /// <summary>Every tensor anywhere in a pickle, the optimizer's included.</summary>
    public static IEnumerable<PickleTensor> AllTensors(object? root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out var value))
        {
            if (value is PickleTensor tensor)
            {
                yield return tensor;
            }

            var items = value switch
            {
                PickleDictionary dictionary => dictionary.Items.Select(item => item.Value),
                PickleList list => list.Items,
                object?[] tuple => tuple,
                _ => [],
            };
            if (value is PickleDictionary or PickleList or object?[] && seen.Add(value))
            {
                foreach (var item in items)
                {
                    open.Push(item);
                }
            }
        }
    }

    private static bool HasTensors(PickleDictionary dictionary) => dictionary.Items.Exists(item => item is (string, PickleTensor));

    private static PickleDictionary? Entry(PickleDictionary dictionary, string name) =>
        dictionary.Items.Find(item => item.Key is string key && key == name).Value as PickleDictionary;
}
