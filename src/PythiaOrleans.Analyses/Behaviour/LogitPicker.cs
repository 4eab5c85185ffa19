namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>Picks single logits of one position out of pieces of the vocabulary that come in their order.</summary>
/// <param name="tokens">Whose logits, ascending.</param>
internal sealed class LogitPicker(int[] tokens)
{
    private int _taken;

    /// <summary>The logits of the tokens, once all pieces came.</summary>
    public float[] Logits { get; } = new float[tokens.Length];

    /// <summary>Takes what a piece has.</summary>
    /// <param name="piece">Logits.</param>
    /// <param name="start">The token of the first one.</param>
    public void Take(ReadOnlySpan<float> piece, long start)
    {
        for (; _taken < tokens.Length && tokens[_taken] < start + piece.Length; _taken++)
        {
            Logits[_taken] = piece[(int)(tokens[_taken] - start)];
        }
    }
}
