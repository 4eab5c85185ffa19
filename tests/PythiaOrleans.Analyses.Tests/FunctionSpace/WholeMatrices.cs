namespace PythiaOrleans.Analyses.Tests;

/// <summary>The matrices of a model as functions of the stream, [out][in]: products formed, gains multiplied in, by plain loops.</summary>
internal static class WholeMatrices
{
    /// <summary>By block, component and parameter: <c>0 attention.ov head1</c>; <c>-</c> outside blocks.</summary>
    public static Dictionary<string, double[][]> Of(RandomModel model)
    {
        var (heads, shape) = (new LoopHeads(model), model.Shape);
        var (d, sharing) = (shape.HiddenSize, shape.Heads / (shape.KeyValueHeads ?? shape.Heads));
        var final = heads.Find("final_layer_norm", null);
        var expected = new Dictionary<string, double[][]>
        {
            ["- embed_out weight"] = Columns((heads.Find("embed_out", null) ?? heads.Find("embed_in", null)!).Chunk(d).ToArray(), final),
        };
        for (var block = 0; block < shape.Blocks; block++)
        {
            var all = Enumerable.Range(0, shape.Heads).Select(head => heads.Head(block, head)).ToArray();
            expected[$"{block} attention.query weight"] = [.. all.SelectMany(head => head.Q)];
            expected[$"{block} attention.key weight"] = [.. all.Where((_, head) => head % sharing == 0).SelectMany(head => head.K)];
            expected[$"{block} attention.value weight"] = [.. all.Where((_, head) => head % sharing == 0).SelectMany(head => head.V)];
            expected[$"{block} attention.dense weight"] =
                [.. Enumerable.Range(0, d).Select(row => all.SelectMany(head => head.O[row]).ToArray())];
            for (var head = 0; head < all.Length; head++)
            {
                expected[$"{block} attention.qk head{head}"] = LoopHeads.Multiply(LoopHeads.Transpose(all[head].Q), all[head].K);
                expected[$"{block} attention.ov head{head}"] = LoopHeads.Multiply(all[head].O, all[head].V);
            }

            var after = heads.Find("post_mlp_layernorm", block);
            var before = after is null ? heads.Find("post_attention_layernorm", block) : null;
            expected[$"{block} mlp.dense_h_to_4h weight"] = Columns(Matrix("mlp.dense_h_to_4h", block, d), before);
            if (heads.Find("mlp.gate", block) is not null)
            {
                expected[$"{block} mlp.gate weight"] = Columns(Matrix("mlp.gate", block, d), before);
            }

            var last = Matrix("mlp.dense_4h_to_h", block, shape.IntermediateSize);
            expected[$"{block} mlp.dense_4h_to_h weight"] =
                after is null ? last : [.. last.Select((row, i) => row.Select(value => value * after[i]).ToArray())];
        }

        return expected;

        // [out][in]; GPT-2 stores [in][out].
        double[][] Matrix(string component, int block, int inner)
        {
            var stored = heads.Find(component, block)!;
            return shape.ModelType == "gpt2"
                ? LoopHeads.Transpose([.. stored.Chunk(stored.Length / inner)])
                : [.. stored.Chunk(inner)];
        }

        static double[][] Columns(double[][] matrix, double[]? gain) =>
            gain is null ? matrix : [.. matrix.Select(row => row.Select((value, i) => value * gain[i]).ToArray())];
    }
}
