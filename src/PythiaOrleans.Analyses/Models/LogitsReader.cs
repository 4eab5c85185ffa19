namespace PythiaOrleans.Analyses.Models;

/// <summary>Reads the logits of one row of the batch, some columns of the vocabulary at a time, in their order.</summary>
/// <param name="row">The row, from 0.</param>
/// <param name="start">The token of the first column.</param>
/// <param name="logits">[positions, columns], position after position; the last position of a row predicts nothing and is left out.</param>
internal delegate void LogitsReader(int row, long start, ReadOnlySpan<float> logits);
