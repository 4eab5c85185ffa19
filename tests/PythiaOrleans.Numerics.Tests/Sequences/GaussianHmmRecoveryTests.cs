using PythiaOrleans.Numerics.Sequences;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Models that are found again in sequences drawn from them.</summary>
public sealed class GaussianHmmRecoveryTests
{
    private const int States = 4;
    private const int Values = 3;

    /// <summary>Sequences drawn from a known model: its states come back, and the criterion finds how many there are.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void FitBest_OfSequencesOfAKnownModel_FindsItsStates(int seed)
    {
        var (sequences, truth) = Draw(seed, runs: 6, length: 150);
        var model = GaussianHmm.FitBest(sequences, 8, 16, 1);

        Assert.Equal(States, model.States);
        Assert.InRange(AdjustedRand.Compute([.. sequences.SelectMany(model.Decode)], [.. truth.SelectMany(run => run)]), 0.95, 1);
        Assert.All(model.Transition, row => Assert.Equal(1, row.Sum(), 1e-9));
        Assert.All(Enumerable.Range(0, States), state => Assert.InRange(model.Transition[state][state], 0.8, 0.97));
    }

    private static (double[][][] Sequences, int[][] States) Draw(int seed, int runs, int length)
    {
        var random = new Random(seed);
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[][] means = [[0, 0, 0], [4, 0, 1], [4, 4, 0], [0, 4, 4]];
        var (sequences, states) = (new double[runs][][], new int[runs][]);
        for (var run = 0; run < runs; run++)
        {
            var state = 0;
            (sequences[run], states[run]) = (new double[length][], new int[length]);
            for (var t = 0; t < length; t++)
            {
                state = random.NextDouble() < 0.9 ? state : (state + 1 + random.Next(States - 1)) % States;
                states[run][t] = state;
                sequences[run][t] = [.. Enumerable.Range(0, Values).Select(i => means[state][i] + (0.8 * Gaussian()))];
            }
        }

        return (sequences, states);
    }
}
