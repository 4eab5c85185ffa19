using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// What a block's attention compares: queries and keys as they are multiplied, rotated and normed where the family does so.
/// </summary>
/// <param name="Queries">[batch, head, position, d_head].</param>
/// <param name="Keys">As the queries; keys that several heads share are there once for each of them.</param>
/// <param name="Bias">Added to the scaled products, [head, 1, position]; null adds nothing.</param>
/// <param name="Scale">What the products are multiplied with, usually 1/√d_head.</param>
/// <param name="Window">How many tokens a token sees, itself included.</param>
public sealed record AttentionInputs(Tensor Queries, Tensor Keys, Tensor? Bias, double Scale, int Window)
{
    /// <summary>The numbers whose softmax over the keys that a query sees is its attention, in float32.</summary>
    /// <param name="row">Which row of the batch.</param>
    /// <param name="first">The position of the first query.</param>
    /// <param name="count">How many queries.</param>
    /// <returns>[head, query, key], keys up to the last query's position; what a query does not see is not masked. The caller frees it.
    /// </returns>
    internal Tensor Scores(int row, int first, int count)
    {
        using var scope = NewDisposeScope();
        var (queries, keys) = (Queries[row].narrow(1, first, count), Keys[row].narrow(1, 0, first + count));
        var products = queries.to(float32).matmul(keys.to(float32).transpose(1, 2)).Scale(Scale);
        return (Bias is null ? products : products.Plus(Bias.narrow(-1, 0, first + count).to(float32))).MoveToOuterDisposeScope();
    }
}
