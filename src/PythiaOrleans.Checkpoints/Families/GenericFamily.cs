using System.Globalization;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// Any architecture without a family of its own: every tensor of floating-point numbers is a parameter. Names with a block's index are
/// grouped into components by what
/// stands around the index. Weights are measured; models are not run.
/// </summary>
/// <remarks>
/// <c>backbone.layers.3.mixer.in_proj.weight</c> is the weight of <c>mixer.in_proj</c> in block 3. Where several stacks of blocks exist, as
/// in encoders with decoders, what tells
/// them apart stays in the name: <c>encoder.layers.self_attn.q_proj</c>.
/// </remarks>
internal sealed class GenericFamily : IModelFamily
{
    private const int MaxTensors = 1_000_000;

    /// <summary>The only one.</summary>
    public static GenericFamily Instance { get; } = new();

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = []; // found by the lack of any other

    /// <inheritdoc />
    public string Prefix => "";

    /// <summary>
    /// A shape with what a configuration says under the usual names; its tensors are filled in when the weights are opened.
    /// </summary>
    public ModelShape ReadShape(ConfigFields config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var blocks = First(
            config, ConfigFields.MaxBlocks, "num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "depth") ?? 1;
        var hidden = First(config, ConfigFields.MaxWidth, "hidden_size", "d_model", "n_embd", "dim") ?? 1;
        return new ModelShape
        {
            ModelType = config.ModelType,
            Blocks = blocks,
            HiddenSize = hidden,
            Heads = First(config, ConfigFields.MaxHeads, "num_attention_heads", "n_head", "num_heads", "encoder_attention_heads") ?? 1,
            IntermediateSize = First(config, ConfigFields.MaxWidth, "intermediate_size", "n_inner", "ffn_dim", "encoder_ffn_dim") ?? hidden,
            VocabularyRows = 1, // nothing says which matrix is the embedding
            RotaryPct = 0,
            ParallelResidual = false,
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Tensors;
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) => false;

    /// <summary>The parameters among stored tensors: block by block in the order of names, what is outside of blocks first.</summary>
    /// <param name="stored">Names and sizes of tensors of floating-point numbers.</param>
    public static IReadOnlyList<ExpectedTensor> Describe(IEnumerable<(string Name, IReadOnlyList<long> Shape)> stored)
    {
        var tensors = stored.Where(tensor => tensor.Shape.Count > 0).Take(MaxTensors)
            .Select(tensor => new Parsed(tensor.Name, tensor.Shape)).ToArray();
        var root = CommonRoot([.. tensors.Where(tensor => tensor.Block is not null).Select(tensor => tensor.Before)]);
        var named = tensors.Select(tensor => (Tensor: tensor, Weight: tensor.ToWeight(root))).ToArray();
        var isAmbiguous = named.GroupBy(pair => pair.Weight).Where(group => group.Count() > 1)
            .SelectMany(group => group).Select(pair => pair.Tensor.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. named
                .Select(pair => isAmbiguous.Contains(pair.Tensor.Name)
                    ? pair with { Weight = new WeightName(pair.Tensor.Name, null, "weight") } : pair)
                .OrderBy(pair => pair.Weight.Block ?? -1)
                .ThenBy(pair => pair.Tensor.Name, StringComparer.Ordinal)
                .Select(pair => new ExpectedTensor(pair.Tensor.Name, pair.Weight, [.. pair.Tensor.Shape])),
        ];
    }

    // Of several stacks the segments that all of them share; of one stack all its segments.
    private static int CommonRoot(string[][] prefixes)
    {
        if (prefixes.Length == 0)
        {
            return 0;
        }

        var shared = 0;
        while (prefixes.All(prefix => prefix.Length > shared && prefix[shared] == prefixes[0][shared]))
        {
            shared++;
        }

        return shared;
    }

    private static int? First(ConfigFields config, int max, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (config.FindWhole(name, max) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    // A name in its parts: before the block's index, the index, after it, and weight or bias.
    private sealed record Parsed
    {
        public Parsed(string name, IReadOnlyList<long> shape)
        {
            (Name, Shape) = (name, shape);
            var parts = name.Split('.');
            var hasParameter = parts.Length > 1 && parts[^1] is "weight" or "bias";
            ParameterName = hasParameter ? parts[^1] : "weight";
            var body = hasParameter ? parts[..^1] : parts;
            var at = Array.FindIndex(body,
                part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < ConfigFields.MaxBlocks);
            Block = at > 0 ? int.Parse(body[at], CultureInfo.InvariantCulture) : null;
            (Before, After) = at > 0 ? (body[..at], body[(at + 1)..]) : ([], body);
        }

        public string Name { get; }

        public IReadOnlyList<long> Shape { get; }

        public int? Block { get; }

        public string[] Before { get; }

        public string[] After { get; }

        public string ParameterName { get; }

        public WeightName ToWeight(int root)
        {
            string[] parts = Block is null ? After : [.. Before.Skip(root), .. After];
            return new WeightName(parts.Length == 0 ? Before[^1] : string.Join('.', parts), Block, ParameterName);
        }
    }
}
