namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// Reads the logits of one position, some columns of the vocabulary at a time, in their order. It sums their exponentials on the way, so
/// that each is taken once.
/// </summary>
/// <param name="row">The row of the batch, from 0.</param>
/// <param name="position">The position in it, from 0; the last one of a row predicts nothing and is left out.</param>
/// <param name="start">The token of the first column.</param>
/// <param name="logits">x [columns].</param>
/// <param name="largest">The largest logit of the position so far, these included.</param>
/// <returns>Σ exp(x − largest), the bits of <see cref="LogSums.SumOfPowers"/>.</returns>
internal delegate double LogitsReader(int row, int position, long start, ReadOnlySpan<float> logits, float largest);
