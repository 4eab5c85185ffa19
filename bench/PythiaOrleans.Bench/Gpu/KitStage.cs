namespace PythiaOrleans.Bench.Gpu;

/// <summary>One question that the kit asks a node.</summary>
/// <param name="Name">One word, as <c>GPU_KIT_STAGES</c> and the report spell it.</param>
/// <param name="Question">What it answers.</param>
/// <param name="Share">Its part of the time, relative to the others'.</param>
/// <param name="Run">Finds out, in a process of its own.</param>
internal sealed record KitStage(string Name, string Question, double Share, Action<StageRun> Run);
