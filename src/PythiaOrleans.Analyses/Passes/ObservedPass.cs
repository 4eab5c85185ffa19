using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>One forward pass, block by block, that shows its tensors to observers as they come.</summary>
/// <remarks>
/// Every block's weights are in memory once, for all parts. Parts are added up by the observers in their order, so that no sum depends on
/// the number of cores.
/// </remarks>
internal sealed class ObservedPass(
    Checkpoint checkpoint, PassPlan plan, IReadOnlyList<PassObserver> observers, CancellationToken cancellationToken)
{
    private const string Stream = "residual_stream";

    private int _place;

    // What observers have still to do at the place before: it runs beside the next stage, so that no core waits for the longest piece.
    private List<Action> _due = [];

    /// <summary>Changes the stream of a part of the batch at a place, [rows, length, d], in place; null leaves it as it is.</summary>
    public Action<StreamPlace, PassPart, Tensor>? Change { get; init; }

    /// <summary>Runs it.</summary>
    /// <param name="batch">The tokens [row][position].</param>
    public void Run(long[][] batch)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(checkpoint, plan.Device, type: plan.Type);
        long[][] further = [.. observers.SelectMany(observer => observer.FurtherRows)];
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length, plan.Device, plan.Type);
        using var furtherRotary = new Rotary(checkpoint.Shape, further.FirstOrDefault(batch[0]).Length, plan.Device, plan.Type);
        var parts = Split(batch, isFurther: false, weights, rotary);
        PassPart[] all = [.. parts, .. further.Length == 0 ? [] : Split(further, isFurther: true, weights, furtherRotary)];
        try
        {
            RunStages(all, parts, weights);
            var loss = ReadLogits(parts, weights) / (batch.Length * (batch[0].Length - 1));
            Notify(observer => observer.OnEnd(loss));
        }
        finally
        {
            Array.ForEach(all, part => part.Dispose());
        }
    }

    private PassPart[] Split(long[][] rows, bool isFurther, LoadedWeights weights, Rotary rotary)
    {
        var model = ForwardPasses.For(checkpoint.Shape, name => weights[name], rotary);
        var together = plan.RowsAtATime ?? rows.Length;
        return
        [
            .. BatchPart.Split(rows, plan).Select((part, index) => new PassPart(index, index * together, isFurther, part, model)),
        ];
    }

    private void RunStages(PassPart[] all, PassPart[] parts, LoadedWeights weights)
    {
        RunStage(all, parts, weights, null, Components.EmbedIn, (part, _) => part.Model.Embed(part.Tokens.Tokens));
        var attentive = observers.Where(observer => observer.ReadsAttention).ToArray();
        var readMlp = observers.Where(observer => observer.ReadsMlp).ToArray();
        for (var block = 0; block < checkpoint.Shape.Blocks; block++)
        {
            var at = block;
            RunStage(all, parts, weights, block, Stream, (part, x) =>
                part.Model.Block(x!, at, new BlockReaders
                {
                    OnAttention = attentive.Length == 0 ? null : attention => ShowAttention(part, attention),
                    OnMlp = readMlp.Length == 0 || part.IsFurther ? null : written => ShowMlp(part, written),
                }));

            void ShowAttention(PassPart part, AttentionInputs attention) => Array.ForEach(attentive, observer =>
                observer.Try(() => observer.OnAttention(at, part, attention)));

            void ShowMlp(PassPart part, Tensor written) => Array.ForEach(readMlp, observer =>
                observer.Try(() => observer.OnMlp(at, part, written)));
        }

        RunStage(parts, parts, weights, null, Components.FinalLayerNorm, (part, x) => part.Model.FinalNorm(x!));
    }

    // One stage of all parts: its weights are in memory once.
    private void RunStage(
        PassPart[] through, PassPart[] shown, LoadedWeights weights, int? block, string component, Func<PassPart, Tensor?, Tensor> stage)
    {
        var place = new StreamPlace(_place++, block, component);
        Notify(observer => observer.OnPlaceStart(place, shown.Length));
        Prepare(block is { } at ? weights.PrepareBlock(at) : weights.Prepare([new WeightName(component, null, "weight")]));
        RunWithDue(through.Select(part => new Action(() => Advance(part))));
        weights.Release();
        _due = Collect(observer => observer.OnPlaceEnd(place));

        void Advance(PassPart part)
        {
            using var before = part.Stream;
            part.Stream = null;
            var stream = stage(part, before is null ? null : plan.ToDevice(before));
            if (!part.IsFurther)
            {
                Change?.Invoke(place, part, stream);
                Notify(observer => observer.OnStream(place, part, stream));
            }

            part.Stream = plan.ToHost(stream).DetachFromDisposeScope(); // another thread may take it further
        }
    }

    // The summed loss; NaN where no observer asks for it.
    private double ReadLogits(PassPart[] parts, LoadedWeights weights)
    {
        var readers = observers.Where(observer => observer.ReadsLogits).ToArray();
        if (readers.Length == 0 && !observers.Any(observer => observer.ReadsLoss))
        {
            RunWithDue([]);
            return double.NaN;
        }

        var sums = new double[parts.Length];
        Prepare(weights.Prepare([PassWeights.UnembeddingName(checkpoint.Shape)]));
        RunWithDue(parts.Select(part => new Action(() => ReadPart(part))));
        _due = Collect(observer => observer.OnLogitsEnd(parts[0].Model, name => weights[name]));
        RunWithDue([]);
        return sums.Sum();

        void ReadPart(PassPart part)
        {
            using var normed = part.Stream!;
            part.Stream = null;
            var losses = NextTokenLoss.Rows(part.Model, plan.ToDevice(normed), part.Tokens.Rows, readers.Length == 0 ? null : Read);
            Notify(observer => observer.OnLosses(part, losses));
            sums[part.Index] = losses.Sum();

            double Read(int row, int position, long start, ReadOnlySpan<float> logits, float largest)
            {
                double? sum = null;
                foreach (var reader in readers)
                {
                    sum = reader.TryLogits(part, row, position, start, logits, largest) ?? sum;
                }

                return sum ?? LogSums.SumOfPowers(logits, largest);
            }
        }
    }

    // What is due waits for the stage where there is nothing to load.
    private void Prepare(IReadOnlyList<Action> load)
    {
        if (load.Count > 0)
        {
            RunWithDue(load);
        }
    }

    private void Notify(Action<PassObserver> call)
    {
        foreach (var observer in observers)
        {
            observer.Try(() => call(observer));
        }
    }

    // The pieces of all observers that may run side by side.
    private List<Action> Collect(Func<PassObserver, IEnumerable<Action>> create)
    {
        var pieces = new List<Action>();
        Notify(observer => pieces.AddRange(create(observer).Select(piece => new Action(() => observer.Try(piece)))));
        return pieces;
    }

    // What is due comes first: its pieces may take longer than a row.
    private void RunWithDue(IEnumerable<Action> work)
    {
        Action[] all = [.. _due.Concat(work).Select(piece => new Action(() => RunHere(piece)))];
        _due = [];
        CoreThreads.Run(all, plan.Threads, cancellationToken);

        static void RunHere(Action piece)
        {
            using var off = no_grad(); // a thread's own setting, as scopes are
            using var own = NewDisposeScope();
            piece();
        }
    }
}
