using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Analyses.EmbeddingCorrelation;

/// <summary>Rows of an embedding matrix.</summary>
internal static class EmbeddingRows
{
    /// <summary>The embeddings of some tokens [n][d].</summary>
    /// <param name="embedding">The matrix [V, d].</param>
    /// <param name="ids">Ids below V.</param>
    public static double[][] Read(Parameter embedding, int[] ids)
    {
        var width = (int)embedding.Tensor.Shape[1];
        return Array.ConvertAll(ids, id =>
        {
            var row = new double[width];
            TensorValues.Read(embedding.Tensor, (long)id * width, row);
            return row;
        });
    }
}
