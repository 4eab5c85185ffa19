using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Analyses.Behaviour;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.RepresentationGeometry;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Sweeps;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Bench;

/// <summary>What statistics add to the bare passes, and whether memory grows over many checkpoints.</summary>
internal static class ActivationsBench
{
    private const int Pairs = 5;

    /// <summary>Medians of interleaved runs on one real-shaped checkpoint, 8 rows of 512 tokens.</summary>
    /// <param name="modelName">Of the catalog.</param>
    /// <param name="part">forward: no backward passes; backward: only those; together: the bare pass and the analyses that share it; an
    /// analysis's name: the bare pass and that one; empty: everything.</param>
    public static void Run(string modelName, string part)
    {
        var model = ModelCatalog.Default.Find(modelName);
        using var random = new RandomCheckpoint(model, 0);
        using var checkpoint = random.Open(0);
        var ids = TextLikeIds(model.Shape.VocabularyRows, 8, 512);
        var settings = new AnalysisSettings(0, null) { Batch = ids };
        var input = new AnalysisInput(checkpoint, null, null, model);
        var rows = ids.RowsFor(checkpoint);
        var plan = PassPlan.Backward(input, Precision.Float32, ids.Spec);
        var (stream, gradients) = (new ResidualStreamAnalysis(settings), new WeightGradientsAnalysis(settings));
        IAnalysis[] observing =
        [
            stream, new AttentionHeadsAnalysis(settings), new RepresentationGeometryAnalysis(settings), new BehaviourAnalysis(settings),
        ];
        const string forward = "forward, bare", backward = "forward and backward, bare", together = "forward + all four of a task";
        (string Name, string Bare, Action Work)[] works =
        [
            (forward, forward, () => Forward(input, rows)),
            .. observing.Select(analysis => (
                $"forward + {analysis.Description.Name}", forward, new Action(() => analysis.Run(input, CancellationToken.None)))),
            (together, forward, () => Together(checkpoint, model, observing)),
            (backward, backward, () => BackwardPass.Run(checkpoint, rows, plan, (_, _) => { }, CancellationToken.None)),
            ("forward and backward + weight-gradients", backward, () => gradients.Run(input, CancellationToken.None)),
            (
                "forward and backward, blocks run again", backward,
                () => BackwardPass.Run(checkpoint, rows, plan with { MaxGraphBytes = 0 }, (_, _) => { }, CancellationToken.None)),
        ];
        works = part switch
        {
            "" => works,
            "forward" => [.. works.Where(work => work.Bare == forward)],
            "backward" => [.. works.Where(work => work.Bare == backward)],
            "together" => [.. works.Where(work => work.Name is forward or together)],
            _ when works.Any(work => work.Name == $"forward + {part}") =>
                [.. works.Where(work => work.Name == forward || work.Name == $"forward + {part}")],
            _ => throw new ArgumentException($"Expected forward, backward, together or an analysis of the forward pass, found '{part}'."),
        };
        var seconds = works.Select(_ => new List<double>()).ToArray();
        var busy = works.Select(_ => new List<double>()).ToArray();
        for (var pair = 0; pair <= Pairs; pair++)
        {
            for (var i = 0; i < works.Length; i++)
            {
                var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                works[i].Work();
                if (pair > 0)
                {
                    seconds[i].Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                    busy[i].Add((Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
                }
            }
        }

        var medians = seconds.Select(Median).ToArray();
        var cores = busy.Select(Median).ToArray();
        for (var i = 0; i < works.Length; i++)
        {
            var bare = Array.FindIndex(works, work => work.Name == works[i].Bare);
            var over = bare == i
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $", {medians[i] / medians[bare]:0.00} of the bare pass, {cores[i] / cores[bare]:0.00} in core-seconds");
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{works[i].Name,-42} {medians[i],7:0.000} s (from {seconds[i].Min():0.000} to {seconds[i].Max():0.000}), "
                        + $"{cores[i]:0.000} core-seconds{over}"));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"peak resident memory {Resident("VmHWM")} MB; {Environment.ProcessorCount} cores, {get_num_threads()} threads of "
                    + $"libtorch, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    // As a task runs them: the first one runs the pass for all.
    private static void Together(Checkpoint checkpoint, ModelEntry model, IReadOnlyList<IAnalysis> analyses)
    {
        var input = new AnalysisInput(checkpoint, null, null, model) { Analyses = analyses };
        foreach (var analysis in analyses)
        {
            analysis.Run(input, CancellationToken.None);
        }
    }

    /// <summary>Both analyses on 200 checkpoints of a small shape, one after the other.</summary>
    public static void Growth()
    {
        const int checkpoints = 200, every = 20;
        var ids = RandomIds(512, 8, 128);
        var settings = new AnalysisSettings(0, null) { Batch = ids };
        var model = ModelCatalog.Default.Find("nano-6");
        using var random = new RandomCheckpoint(model, 0);
        for (var done = 0; done < checkpoints; done++)
        {
            using (var checkpoint = random.Open(0))
            {
                var input = new AnalysisInput(checkpoint, null, null, model);
                new ResidualStreamAnalysis(settings).Run(input, CancellationToken.None);
                new WeightGradientsAnalysis(settings).Run(input, CancellationToken.None);
            }

            if ((done + 1) % every == 0)
            {
                Console.WriteLine($"{done + 1,4} checkpoints: {Resident("VmRSS")} MB resident");
            }
        }
    }

    // As residual-stream passes, without looking at anything.
    private static void Forward(AnalysisInput input, long[][] rows)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (plan, shape) = (PassPlan.Forward(input, Precision.Float32), input.Checkpoint.Shape);
        using var weights = new LoadedWeights(input.Checkpoint, plan.Device);
        using var rotary = new Rotary(shape, rows[0].Length);
        var model = ForwardPasses.For(shape, name => weights[name], rotary);
        var parts = BatchPart.Split(rows, plan);
        var streams = Each(part => model.Embed(part.Tokens));
        for (var block = 0; block < shape.Blocks; block++)
        {
            var (at, before) = (block, streams);
            streams = Each(part => model.Block(before[Array.IndexOf(parts, part)], at));
            Array.ForEach(before, stream => stream.Dispose());
            weights.Release();
        }

        var last = streams;
        Each(part =>
        {
            NextTokenLoss.Rows(model, model.FinalNorm(last[Array.IndexOf(parts, part)]), part.Rows);
            return last[0];
        });
        Array.ForEach(streams, stream => stream.Dispose());

        Tensor[] Each(Func<BatchPart, Tensor> step) => CoreThreads.Map(
            parts,
            _ => 1,
            part =>
            {
                using var offHere = no_grad();
                using var own = NewDisposeScope();
                return step(part).DetachFromDisposeScope();
            },
            plan.Threads,
            CancellationToken.None);
    }

    /// <summary>Ids that are equally frequent.</summary>
    public static TokenBatch RandomIds(int vocabulary, int rows, int length)
    {
        var random = new Random(1);
        return Ids(rows, length, rows * length, () => random.Next(vocabulary));
    }

    // Ids as frequent as words are, by Zipf's law (density 1/x from 1 to the vocabulary's size), from a text of some length: what behaviour
    // costs depends on how many different tokens a batch has, and on how many followed each in the text.
    private static TokenBatch TextLikeIds(int vocabulary, int rows, int length)
    {
        const int text = 1 << 18;
        var random = new Random(1);
        return Ids(rows, length, text, () => (int)Math.Pow(vocabulary, random.NextDouble()) - 1);
    }

    private static TokenBatch Ids(int rows, int length, int count, Func<int> next) =>
        TokenBatch.OfIds([.. Enumerable.Range(0, count).Select(_ => next())], rows, length);

    private static long Resident(string field) =>
        long.Parse(
            File.ReadLines("/proc/self/status")
                .First(line => line.StartsWith(field, StringComparison.Ordinal))
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;
}
