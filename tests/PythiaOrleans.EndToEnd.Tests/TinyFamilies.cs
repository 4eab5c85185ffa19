using System.Runtime.InteropServices;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>One small model of a family with twelve checkpoints of seeded weights that move, grow and shrink as trained ones do.</summary>
internal sealed class TinyFamilies : IDisposable
{
    public const string Model = "tiny";
    public const int LastStep = 110;

    private const int Hidden = 32;
    private const int Blocks = 5;
    private const int Vocabulary = 128;
    private const int Context = 64;

    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-e2e-").FullName;
    private readonly Random _random = new(18);

    public TinyFamilies(string family)
    {
        var tensors = Tensors(family);
        var (start, drift) = (tensors.ConvertAll(Draw), tensors.ConvertAll(Draw));
        for (var step = 0; step <= LastStep; step += 10)
        {
            Write(family, step, [.. tensors.Select((tensor, i) => new TensorToWrite(
                tensor.Name, DType.F16, tensor.Shape, Bytes(tensor, start[i], drift[i], step / (double)LastStep)))]);
        }

        ushort[] tokens = [.. Enumerable.Range(0, 2 * Context).Select(_ => (ushort)_random.Next(Vocabulary))];
        File.WriteAllBytes(Batch, MemoryMarshal.AsBytes(tokens.AsSpan()).ToArray());
    }

    public string Source => Path.Combine(_folder, "checkpoints");

    public string Store => Path.Combine(_folder, "store");

    public string Batch => Path.Combine(_folder, "batch.u16");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string family, int step, TensorToWrite[] tensors)
    {
        var folder = Path.Combine(Source, Model, $"step{step}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(Config(family)));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
    }

    private double[] Draw((string Name, long[] Shape) tensor) =>
    [
        .. Enumerable.Range(0, (int)tensor.Shape.Aggregate(1L, (product, size) => product * size))
            .Select(_ => _random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5),
    ];

    // Gains start at 1 and biases at 0; matrices leave their start quickly, then shrink.
    private static byte[] Bytes((string Name, long[] Shape) tensor, double[] start, double[] drift, double time)
    {
        var moved = 1 - Math.Exp(-3 * time);
        Half[] values =
        [
            .. start.Zip(drift, (from, to) => (Half)(
                tensor.Shape.Length > 1 ? 0.2 * (from + (moved * to)) / (1 + time)
                : (tensor.Name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1) + (0.2 * moved * to))),
        ];
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static object Config(string family) => family switch
    {
        "gpt_neox" => new
        {
            model_type = family,
            hidden_size = Hidden,
            num_hidden_layers = Blocks,
            num_attention_heads = 2,
            intermediate_size = 4 * Hidden,
            vocab_size = Vocabulary,
            max_position_embeddings = Context,
            rotary_pct = 0.25,
            rotary_emb_base = 10000,
            layer_norm_eps = 1e-5,
            use_parallel_residual = true,
            tie_word_embeddings = false,
        },
        "llama" => new
        {
            model_type = family,
            hidden_size = Hidden,
            num_hidden_layers = Blocks,
            num_attention_heads = 4,
            num_key_value_heads = 2,
            intermediate_size = 3 * Hidden,
            vocab_size = Vocabulary,
            max_position_embeddings = Context,
            hidden_act = "silu",
            rms_norm_eps = 1e-5,
            tie_word_embeddings = false,
        },
        _ => new
        {
            model_type = family,
            n_embd = Hidden,
            n_layer = Blocks,
            n_head = 4,
            n_positions = Context,
            vocab_size = Vocabulary,
            activation_function = "gelu_new",
            layer_norm_epsilon = 1e-5,
        },
    };

    private static List<(string Name, long[] Shape)> Tensors(string family)
    {
        List<(string Name, long[] Shape)> tensors = [];
        switch (family)
        {
            case "gpt_neox":
                Add("gpt_neox.embed_in", false, Vocabulary, Hidden);
                for (var block = 0; block < Blocks; block++)
                {
                    var prefix = $"gpt_neox.layers.{block}.";
                    Add(prefix + "input_layernorm", true, Hidden);
                    Add(prefix + "post_attention_layernorm", true, Hidden);
                    Add(prefix + "attention.query_key_value", true, 3 * Hidden, Hidden);
                    Add(prefix + "attention.dense", true, Hidden, Hidden);
                    Add(prefix + "mlp.dense_h_to_4h", true, 4 * Hidden, Hidden);
                    Add(prefix + "mlp.dense_4h_to_h", true, Hidden, 4 * Hidden);
                }

                Add("gpt_neox.final_layer_norm", true, Hidden);
                Add("embed_out", false, Vocabulary, Hidden);
                break;
            case "llama":
                Add("model.embed_tokens", false, Vocabulary, Hidden);
                for (var block = 0; block < Blocks; block++)
                {
                    var prefix = $"model.layers.{block}.";
                    Add(prefix + "input_layernorm", false, Hidden);
                    Add(prefix + "post_attention_layernorm", false, Hidden);
                    Add(prefix + "self_attn.q_proj", false, Hidden, Hidden);
                    Add(prefix + "self_attn.k_proj", false, Hidden / 2, Hidden);
                    Add(prefix + "self_attn.v_proj", false, Hidden / 2, Hidden);
                    Add(prefix + "self_attn.o_proj", false, Hidden, Hidden);
                    Add(prefix + "mlp.gate_proj", false, 3 * Hidden, Hidden);
                    Add(prefix + "mlp.up_proj", false, 3 * Hidden, Hidden);
                    Add(prefix + "mlp.down_proj", false, Hidden, 3 * Hidden);
                }

                Add("model.norm", false, Hidden);
                Add("lm_head", false, Vocabulary, Hidden);
                break;
            default:
                Add("wte", false, Vocabulary, Hidden);
                Add("wpe", false, Context, Hidden);
                for (var block = 0; block < Blocks; block++)
                {
                    var prefix = $"h.{block}.";
                    Add(prefix + "ln_1", true, Hidden);
                    Add(prefix + "ln_2", true, Hidden);
                    Add(prefix + "attn.c_attn", true, Hidden, 3 * Hidden);
                    Add(prefix + "attn.c_proj", true, Hidden, Hidden);
                    Add(prefix + "mlp.c_fc", true, Hidden, 4 * Hidden);
                    Add(prefix + "mlp.c_proj", true, 4 * Hidden, Hidden);
                }

                Add("ln_f", true, Hidden);
                break;
        }

        return tensors;

        // GPT-2 stores its matrices with inputs first: there a bias is as long as a row.
        void Add(string name, bool bias, params long[] shape)
        {
            tensors.Add((name + ".weight", shape));
            if (bias)
            {
                tensors.Add((name + ".bias", [family == "gpt2" ? shape[^1] : shape[0]]));
            }
        }
    }
}
