using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.NullModels;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The budget against AdamW's own updates, one by one, and against the published series.</summary>
public sealed class NormBudgetTests
{
    private const int Every = 50;

    // Short, with a large decay: 2,000 updates move and decay the weights as a whole training does.
    private static readonly TrainingSchedule Schedule = new(0.01, 20, 2000, 2000, 0.1, 0.1, 1);
    private static readonly int[] Steps = [.. Enumerable.Range(0, 41).Select(i => Every * i)];

    /// <summary>The integrals are those of plain sums over all updates.</summary>
    [Theory]
    [InlineData("pythia-70m", 0.1)]
    [InlineData("pythia-1.4b-v0", 0.1)]
    [InlineData("pythia-70m", 0.25)]
    public void Basis_IsTheSumOverAllUpdates(string model, double decay)
    {
        var schedule = ModelCatalog.Default.Find(model).Schedule!;
        int[] steps = [.. Enumerable.Range(1, 143).Select(i => 1000 * i)];
        var basis = new RateSums(schedule, steps).Basis(decay);
        var (left, injected, aligned, at) = (1.0, 0.0, 0.0, 0);
        for (var update = 0; update < schedule.TotalSteps; update++)
        {
            var rate = schedule.LearningRate(update);
            var whole = Math.Exp(-2 * decay * rate);
            var half = Math.Exp(-decay * rate);
            (left, injected, aligned) = (left * whole, (injected * whole) + (rate * rate * half), (aligned * whole) + (rate * half));
            if (at < steps.Length && update + 1 == schedule.UpdatesAt(steps[at]))
            {
                Assert.Equal(left, basis.Left[at], 1e-9 * left);
                Assert.Equal(injected, basis.Injected[at], 5e-5 * injected);
                Assert.Equal(aligned, basis.Aligned[at], 5e-5 * aligned);
                at++;
            }
        }

        Assert.Equal(steps.Length, at);
    }

    /// <summary>Independent updates: nothing but a random walk, and the decay is the one that was applied.</summary>
    [Fact]
    public void Rows_OfUpdatesWithoutDirection_AreARandomWalk()
    {
        var (norms, moved, decayed) = Train(direction: 0, seed: 1);
        var rows = new NormBudget(norms, Schedule, moved).Rows().Select(row => row.Row).ToArray();
        Assert.Null(rows[0].Decay);
        for (var i = 1; i < rows.Length; i++)
        {
            Assert.Equal(rows[i].SquaredChange!.Value, rows[i].Decay!.Value + rows[i].NetGrowth!.Value, 1e-9);
            Assert.Equal(decayed[i], rows[i].Decay!.Value, 0.02 * Math.Abs(decayed[i]));
        }

        Assert.InRange(Quantiles.Median(rows.Select(row => row.RandomWalkShare).OfType<double>()), 0.95, 1.05);
    }

    [Fact]
    public void Rows_OfUpdatesWithADirection_AreNone()
    {
        var (norms, moved, _) = Train(direction: 1, seed: 2);
        var rows = new NormBudget(norms, Schedule, moved).Rows().Select(row => row.Row).ToArray();
        Assert.All(rows[20..], row => Assert.InRange(row.RandomWalkShare!.Value, 0, 0.5));
    }

    /// <summary>The weight decay that was used is read off the norms; decay times and time constants are those of the schedule.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.05)]
    public void Recover_OfNormsThatDecayed_IsTheirWeightDecay(double decay)
    {
        var schedule = Schedule with { WeightDecay = decay };
        var norms = Norms(schedule, injection: 4, alignment: 0.2);
        var budget = new NormBudget(norms, schedule, new Dictionary<(int, int), double>());
        var recovered = budget.RecoverDecay()!;
        Assert.Equal(decay, recovered.WeightDecay, 0.01 * decay);
        Assert.InRange(decay, 0.99 * recovered.Low, 1.01 * recovered.High);
        Assert.True(recovered.ErrorWithout > 10 * recovered.Error);
        var last = budget.Rows().Last().Row;
        Assert.Equal(decay * schedule.SummedLearningRate(2000), last.DecayTime, 1e-12);
        Assert.Equal(1 / (2 * decay * 0.001), last.TimeConstant!.Value, 1e-6);
        Assert.Equal(norms.Last, last.FittedNorm!.Value, 1e-3 * norms.Last);
        Assert.Equal(Math.Sqrt(((4 * 0.001) + 0.2) / (2 * decay)), last.EquilibriumNorm!.Value, 0.05);
    }

    /// <summary>Norms that only grew speak for no decay, whatever was configured.</summary>
    [Fact]
    public void Recover_OfNormsThatNeverDecayed_SpeaksForNone()
    {
        var norms = Norms(Schedule with { WeightDecay = 0 }, injection: 4, alignment: 0.2);
        var recovered = new NormBudget(norms, Schedule, new Dictionary<(int, int), double>()).RecoverDecay()!;
        Assert.Equal(0, recovered.Low);
        Assert.InRange(recovered.WeightDecay, 0, 0.005);
    }

    [Fact]
    public void Recover_OfAFewCheckpoints_IsNone() =>
        Assert.Null(new NormBudget(new Curve("a", "embed_in", "weight", null, Steps[..15], [.. Steps[..15].Select(step => 1.0 + step)]),
            Schedule, new Dictionary<(int, int), double>()).RecoverDecay());

    /// <summary>Biases start at 0: they have a budget too, without decay.</summary>
    [Fact]
    public void Budget_OfBiasesThatStartAtZero_IsFinite()
    {
        var norms = new Curve("a", "mlp.dense_h_to_4h", "bias", 0, Steps, [.. Steps.Select(step => Math.Sqrt(step))]);
        var budget = new NormBudget(norms, Schedule, new Dictionary<(int, int), double>());
        Assert.Equal(0, budget.WeightDecay);
        Assert.All(budget.Rows(), row => Assert.True(row.Row.FittedNorm is null || double.IsFinite(row.Row.FittedNorm.Value)));
        Assert.All(budget.Rows(), row => Assert.Null(row.Row.EquilibriumNorm));
        Assert.All(budget.Rows().Skip(1), row => Assert.Equal(0, row.Row.Decay));
    }

    /// <summary>The five published embeddings speak for 0.1, the configured value, and against every other value of the reference's
    /// grid.</summary>
    [Fact]
    public void Recover_OfThePublishedEmbeddings_IsTheConfiguredValue()
    {
        var series = PublishedSeriesTests.Published;
        double[] grid = [0, 0.01, 0.03, 0.05, 0.07, 0.1, 0.13, 0.17, 0.25];
        var found = series.Models.Select(model => new NormBudget(
            Assert.Single(series.Curves("weight-moments", "norm", model, "embed_in")), series.Schedules[model],
            new Dictionary<(int, int), double>()).RecoverDecay()!).ToArray();
        Assert.Equal(5, found.Length);
        Assert.All(found, recovered =>
        {
            Assert.Equal(0.1, grid.MinBy(value => Math.Abs(value - recovered.WeightDecay)));
            Assert.InRange(0.1, recovered.Low, recovered.High);
            Assert.True(recovered.Low > 0.07);
        });

        // Relative errors at the best decay: the reference has .16, .08, .03, .04 and .02 % at 0.1, and 26 to 4 % without decay.
        Assert.All(found, recovered => Assert.True(recovered.Error < 0.0017 && recovered.ErrorWithout > 0.04));
    }

    [Fact]
    public void Create_OfThePublishedSeries_HasARowForEachNorm()
    {
        var series = PublishedSeriesTests.Published;
        var table = NormBudgets.Create(series)!;
        Assert.Equal(840 * 142, table.Count);
        Assert.Equal(["pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b"], table.Read<string>("model").Distinct());
        var times = series.Models.Select(model => series.Schedules[model])
            .Select(schedule => schedule.WeightDecay * schedule.SummedLearningRate(143_000));
        Assert.Equal([7.4, 2.21, 1.11, 1.85, 0.74], times.Select(time => Math.Round(time, 2)), (a, b) => Math.Abs(a - b) < 0.011);
        Assert.Equal(840, table["net_growth"].Cells.Count(cell => cell is null)); // the first checkpoint has none before it
        Assert.All(NormBudgets.Description.Plots, plot => Assert.NotNull(table.Find(plot.Column)));
        Assert.Null(NormBudgets.Create(series with { Schedules = new Dictionary<string, TrainingSchedule>() }));
    }

    // Update by update, as AdamW does it.
    private static Curve Norms(TrainingSchedule schedule, double injection, double alignment)
    {
        var (square, norms) = (1.0, new List<double>());
        for (var update = 0; update <= 2000; update++)
        {
            if (update % Every == 0)
            {
                norms.Add(Math.Sqrt(square));
            }

            var rate = schedule.LearningRate(update);
            square = (square * Math.Pow(1 - (schedule.WeightDecay * rate), 2)) + (injection * rate * rate) + (alignment * rate);
        }

        return new Curve("a", "embed_in", "weight", null, Steps, [.. norms]);
    }

    private static (Curve Norms, Dictionary<(int From, int To), double> Moved, double[] Decayed) Train(double direction, int seed)
    {
        const int Size = 4000;
        var random = new Random(seed);
        double[] weights = [.. Enumerable.Range(0, Size).Select(_ => 0.2 * random.Gaussian())];
        double[] towards = [.. Enumerable.Range(0, Size).Select(_ => random.Gaussian())];
        double[] before = [.. weights];
        var (norms, moved, decayed) = (new List<double>(), new Dictionary<(int, int), double>(), new List<double>());
        double lost = 0;
        for (var update = 0; update <= 2000; update++)
        {
            if (update % Every == 0)
            {
                norms.Add(Math.Sqrt(weights.Sum(w => w * w)));
                decayed.Add(lost);
                moved[(update - Every, update)] = Math.Sqrt(weights.Zip(before, (a, b) => (a - b) * (a - b)).Sum());
                (before, lost) = ([.. weights], 0);
            }

            var rate = Schedule.LearningRate(update);
            lost -= 2 * Schedule.WeightDecay * rate * weights.Sum(w => w * w);
            for (var i = 0; i < Size; i++)
            {
                weights[i] = (weights[i] * (1 - (Schedule.WeightDecay * rate))) + (rate * (random.Gaussian() + (direction * towards[i])));
            }
        }

        return (new Curve("a", "embed_in", "weight", null, Steps, [.. norms]), moved, [.. decayed]);
    }
}
