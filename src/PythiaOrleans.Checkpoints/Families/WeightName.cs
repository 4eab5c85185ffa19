using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>What a stored tensor is, in the words that all families share.</summary>
/// <param name="Component">The kind of weight, one of <see cref="Components"/>.</param>
/// <param name="Block">The block's index from 0; null for what is not in a block.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
public readonly record struct WeightName(string Component, int? Block, string Parameter);
