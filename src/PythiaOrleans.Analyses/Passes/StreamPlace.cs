namespace PythiaOrleans.Analyses.Passes;

/// <summary>A place of the residual stream.</summary>
/// <param name="Index">From 0: after the embedding, after each block, after the final norm.</param>
/// <param name="Block">The block that ended here; null after the embedding and after the final norm.</param>
/// <param name="Component">What the values came out of, as tables name it.</param>
internal readonly record struct StreamPlace(int Index, int? Block, string Component);
