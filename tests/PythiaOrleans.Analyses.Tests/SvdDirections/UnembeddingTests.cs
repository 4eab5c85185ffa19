using PythiaOrleans.Analyses.SvdDirections;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// The tokens of directions against all logits in float64, where the bounds are put to the test: tokens of very different norms, tokens
/// that nearly tie, rows that are not finite.
/// </summary>
public sealed class UnembeddingTests
{
    private const int Tokens = 3001;
    private const int Hidden = 70; // neither of them whole vectors

    [Theory]
    [InlineData("alike")]
    [InlineData("norms over four orders of magnitude")]
    [InlineData("near ties")]
    [InlineData("not finite")]
    public void Tokens_AreThoseOfAllLogitsInFloat64(string kind)
    {
        var random = new Random(3);
        var rows = new float[Tokens, Hidden];
        for (var token = 0; token < Tokens; token++)
        {
            var size = kind == "norms over four orders of magnitude" ? Math.Pow(10, (4 * random.NextDouble()) - 2) : 1;
            for (var i = 0; i < Hidden; i++)
            {
                // Near ties: groups of 100 tokens that differ by less than bfloat16 can tell.
                rows[token, i] = kind == "near ties" && token % 100 != 0
                    ? MathF.BitIncrement(rows[token - 1, i])
                    : (float)(Half)(size * Gaussian(random));
            }
        }

        if (kind == "not finite")
        {
            (rows[7, 3], rows[2000, 0], rows[2001, 1]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        }

        using var scope = NewDisposeScope();
        using var unembedding = new Unembedding(tensor(rows), 2, TestContext.Current.CancellationToken);
        var directions = linalg.qr(tensor(Enumerable.Range(0, Hidden * 40).Select(_ => Gaussian(random)).ToArray(),
            [Hidden, 40])).Q.t().contiguous();
        var projected = unembedding.ProjectToTokens(directions, maxCount: 20);
        for (var row = 0; row < 40; row++)
        {
            var direction = directions[row].data<double>().ToArray();
            var logits = Enumerable.Range(0, Tokens)
                .Select(token => (float)Enumerable.Range(0, Hidden).Sum(i => direction[i] * rows[token, i])).ToArray();
            var known = Enumerable.Range(0, Tokens).Where(token => float.IsFinite(logits[token])).ToArray();
            var (high, low) = (known.OrderByDescending(token => logits[token]).Take(20).ToArray(),
                known.OrderBy(token => logits[token]).Take(20).ToArray());
            var (kept, others) = logits[high[0]] >= -logits[low[0]] ? (high, low) : (low, high);
            Assert.Equal(kept, projected[row].Tokens);
            Assert.Equal(others, projected[row].Others);
            Assert.Equal(kept.Select(token => Math.Abs(logits[token])), projected[row].Logits.Select(Math.Abs),
                (wanted, found) => Math.Abs(wanted - found) <= 1e-6f * wanted);
        }
    }

    /// <summary>An adversary's vocabulary: many logits that nearly tie, whose roundings all go the wrong way.</summary>
    /// <remarks>
    /// The direction and the first 20 tokens are just below the middle between two bfloat16 numbers, and round down; the decoys and their
    /// part of the direction are just above it, and round up. Multiplied in bfloat16 each decoy beats each of the 20 by four units of
    /// rounding, although all 20 are larger: half of the error bound does not tell them apart.
    /// </remarks>
    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    public void Tokens_WhoseRoundingsAllGoTheWrongWay_AreStillThose(ScalarType type)
    {
        const int half = 127, wanted = 20, decoys = 300;
        var middle = 1 + Math.ScaleB(1, -8); // between the bfloat16 numbers 1 and 1 + 2^-7
        var (below, above) = (middle - Math.ScaleB(1, -20), middle + Math.ScaleB(1, -20));
        var direction = Enumerable.Range(0, 2 * half).Select(i => (i < half ? below : above) / 16).ToArray(); // of norm 0.99998
        var rows = new float[decoys + wanted, 2 * half];
        for (var i = 0; i < half; i++)
        {
            for (var token = 0; token < decoys; token++)
            {
                // a little smaller in all, each a little more
                rows[token, half + i] = (float)(above - (i == 0 ? 0.01 + (0.00001 * token) : 0));
            }

            for (var token = decoys; token < decoys + wanted; token++)
            {
                rows[token, i] = (float)below;
            }
        }

        using var scope = NewDisposeScope();
        using var unembedding = new Unembedding(tensor(rows), 2, type, TestContext.Current.CancellationToken);
        var projected = Assert.Single(unembedding.ProjectToTokens(tensor(direction, [1, 2 * half]), wanted));
        Assert.Equal(Enumerable.Range(decoys, wanted), projected.Tokens);
    }

    [Fact]
    public void FewerTokensThanAsked_AreAllOfThem()
    {
        using var scope = NewDisposeScope();
        using var unembedding = new Unembedding(
            tensor(new float[,] { { 1, 0 }, { -2, 0 }, { 0, 3 } }), 2, TestContext.Current.CancellationToken);
        var projected = Assert.Single(unembedding.ProjectToTokens(tensor(new double[,] { { 1, 0 } }), maxCount: 20));
        Assert.Equal([1, 2, 0], projected.Tokens);
        Assert.Equal([2, 0, -1], projected.Logits);
        Assert.Equal([0, 2, 1], projected.Others);
    }

    /// <summary>Of equal logits the smaller id goes first, be they all of them.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(0.7f)]
    public void TokensThatAreAllAlike_ComeInTheirOrder(float value)
    {
        using var scope = NewDisposeScope();
        using var unembedding = new Unembedding(full([Tokens, Hidden], value), 2, TestContext.Current.CancellationToken);
        var projected = Assert.Single(unembedding.ProjectToTokens(ones([1, Hidden], float64) / Math.Sqrt(Hidden), maxCount: 20));
        Assert.Equal(Enumerable.Range(0, 20), projected.Tokens);
        Assert.Equal(Enumerable.Range(0, 20), projected.Others);
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
