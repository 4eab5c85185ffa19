namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The tokens of one direction.</summary>
/// <param name="Tokens">The tokens of largest logit for the sign whose top logit is larger, in its order.</param>
/// <param name="Logits">Their logits for that sign.</param>
/// <param name="Others">The tokens of the other sign.</param>
internal sealed record DirectionTokens(int[] Tokens, float[] Logits, int[] Others)
{
    /// <summary>Keeps the sign whose largest logit is larger; of equal ones the positive sign.</summary>
    /// <param name="high">The largest logits, descending.</param>
    /// <param name="low">The largest of the negated logits, descending.</param>
    public static DirectionTokens Create((int[] Tokens, float[] Logits) high, (int[] Tokens, float[] Logits) low) =>
        high.Logits[0] >= low.Logits[0]
        ? new DirectionTokens(high.Tokens, high.Logits, low.Tokens)
        : new DirectionTokens(low.Tokens, low.Logits, high.Tokens);
}
