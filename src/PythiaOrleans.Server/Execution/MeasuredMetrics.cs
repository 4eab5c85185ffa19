using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// A few numbers of what was measured last of each model, so that a run that went wrong is seen on the dashboard while it is swept.
/// </summary>
/// <remarks>A step is no label, for there are thousands: it is a number beside the others.</remarks>
internal static class MeasuredMetrics
{
    private const string Weights = "weight-moments";
    private const string Activations = "residual-stream";

    private static readonly Gauge<double> Loss = PythiaInstruments.Meter.CreateGauge<double>(
        "pythia.measured.loss", description: "Cross-entropy on the batch in nats per token, of the checkpoint measured last.");
    private static readonly Gauge<double> LargestActivation = PythiaInstruments.Meter.CreateGauge<double>(
        "pythia.measured.largest.activation", description: "Largest |activation| of the stream in the checkpoint measured last.");
    private static readonly Gauge<double> LargestWeight = PythiaInstruments.Meter.CreateGauge<double>(
        "pythia.measured.largest.weight", description: "Largest |weight| in the checkpoint measured last.");
    private static readonly Gauge<int> Step = PythiaInstruments.Meter.CreateGauge<int>(
        "pythia.measured.step", description: "The step of the checkpoint measured last.");
    private static readonly Counter<long> NonFinite = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.measured.nonfinite", description: "NaN and infinities among weights and activations.");

    /// <summary>Shows what a committed table says.</summary>
    /// <param name="checkpoint">What was measured.</param>
    /// <param name="analysis">How.</param>
    /// <param name="table">The result.</param>
    public static void OnCommitted(CheckpointId checkpoint, AnalysisId analysis, ResultTable table)
    {
        if (analysis.Name is not (Weights or Activations) || table.Count == 0)
        {
            return;
        }

        var model = new KeyValuePair<string, object?>("model", checkpoint.Model);
        Step.Record(checkpoint.Step, model);
        NonFinite.Add(Numbers(table, "non_finite").Sum(count => (long)count), model);
        if (analysis.Name == Weights)
        {
            LargestWeight.Record(Numbers(table, "max_abs").Max(), model);
            return;
        }

        LargestActivation.Record(Numbers(table, "max_abs").Max(), model);
        Loss.Record(Numbers(table, "loss").First(), model); // the same in every row
    }

    private static IEnumerable<double> Numbers(ResultTable table, string column) =>
        Enumerable.Range(0, table.Count).Select(row => table[column].Number(row));
}
