namespace PythiaOrleans.Analyses;

/// <summary>What one direction says.</summary>
/// <param name="Tokens">The tokens of largest logit for the sign whose top logit is larger, in its order.</param>
/// <param name="Logits">Their logits for that sign.</param>
/// <param name="Others">The other sign's tokens.</param>
internal sealed record Spoken(int[] Tokens, float[] Logits, int[] Others)
{
    /// <summary>Of the two ends of the logits; of equal ones the sign stays.</summary>
    /// <param name="high">The largest logits, descending.</param>
    /// <param name="low">The largest of the negated logits, descending.</param>
    public static Spoken Of((int[] Tokens, float[] Logits) high, (int[] Tokens, float[] Logits) low) => high.Logits[0] >= low.Logits[0]
        ? new Spoken(high.Tokens, high.Logits, low.Tokens)
        : new Spoken(low.Tokens, low.Logits, high.Tokens);
}
