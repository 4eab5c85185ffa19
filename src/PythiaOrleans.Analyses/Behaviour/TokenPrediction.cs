namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>What the model predicted at one position.</summary>
/// <param name="Token">The token that came.</param>
/// <param name="Position">The position that predicted it, from 0.</param>
/// <param name="Loss">−ln p of it, in nats.</param>
/// <param name="Entropy">Of the prediction, in nats.</param>
/// <param name="Confidence">The largest probability.</param>
/// <param name="IsHit">Whether that was the token's.</param>
/// <param name="To">KL(model ‖ n-grams of the text) for n of 1, 2, 3, in nats.</param>
/// <param name="From">KL(n-grams ‖ model).</param>
/// <param name="Kept">What is kept of it, by <see cref="KeptPredictions"/>; empty at most positions.</param>
internal sealed record TokenPrediction(
    long Token, int Position, double Loss, double Entropy, double Confidence, bool IsHit, double[] To, double[] From, float[] Kept);
