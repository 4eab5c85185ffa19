using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// An induction circuit of two blocks, built by hand in a GPT-2 without MLPs. The stream holds token, position and, after block 0, the
/// token before, each as one of many.
/// </summary>
internal static class InductionModel
{
    private const int Tokens = 24;
    private const int Positions = 24;
    private const int Width = (2 * Tokens) + Positions;
    private const int PositionAt = Tokens;
    private const int BeforeAt = Tokens + Positions;
    private const float Sharp = 4;

    public static RandomModel Create()
    {
        var config = $$"""
            {"model_type":"gpt2","n_embd":{{Width}},"n_layer":2,"n_head":2,"n_inner":4,"n_positions":{{Positions}},"vocab_size":{{Tokens}},
            "activation_function":"gelu_new"}
            """;
        return new RandomModel(OtherFamilies.Read(config), seed: 1, edit: Edit, config: config);
    }

    private static void Edit(WeightName name, float[] values)
    {
        Array.Clear(values);
        switch (name.Component)
        {
            case Components.EmbedIn:
                SetUnits(values, Tokens, Width, 0);
                break;
            case Components.EmbedPosition:
                SetUnits(values, Positions, Width, PositionAt);
                break;
            case Components.InputLayerNorm or Components.PostAttentionLayerNorm or Components.FinalLayerNorm
                when name.Parameter == "weight":
                Array.Fill(values, 1);
                break;
            case Components.QueryKeyValue when name.Parameter == "weight":
                SetReaders(values, name.Block!.Value);
                break;
            case Components.AttentionDense when name.Parameter == "weight" && name.Block == 0:
                for (var i = 0; i < Tokens; i++)
                {
                    values[(i * Width) + BeforeAt + i] = 1; // [in, out]
                }

                break;
        }
    }

    // Head 0 of block 0: query i is position i - 1, key j is position j, value is the token. Of block 1: query is the token, key the token
    // before.
    private static void SetReaders(float[] values, int block)
    {
        for (var i = 0; i < Positions; i++)
        {
            if (block == 0)
            {
                Set(0, i, PositionAt + ((i + 1) % Positions), Sharp);
                Set(1, i, PositionAt + i, Sharp);
                Set(2, i, i, 1);
            }
            else
            {
                Set(0, i, i, Sharp);
                Set(1, i, BeforeAt + i, Sharp);
            }
        }

        // [in, out], queries, keys and values side by side
        void Set(int part, int to, int from, float value) => values[(from * 3 * Width) + (part * Width) + to] = value;
    }

    private static void SetUnits(float[] values, int rows, int width, int at)
    {
        for (var row = 0; row < rows; row++)
        {
            values[(row * width) + at + row] = 1;
        }
    }
}
