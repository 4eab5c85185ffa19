using System.Diagnostics;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>One forward pass and the spectra of one model, on the device and on the processor.</summary>
internal static class AgreementStage
{
    private const int Rows = 2;
    private const int Length = 128;

    public static void Run(StageRun run)
    {
        var model = run.Settings.Model;
        using var files = new RandomCheckpoint(model, 0);
        using var checkpoint = files.Open(0);
        run.Add("model", model.Name);
        var settings = new AnalysisSettings(0, null) { Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, Rows, Length) };
        Compare(new ResidualStreamAnalysis(settings), 1e-5, "std", "token_norm_mean", "token_norm_max", "max_abs", "loss");
        Compare(new WeightSpectrumAnalysis(), 1e-6, "spectral_norm", "stable_rank", "effective_rank", "participation_ratio");

        void Compare(IAnalysis analysis, double tolerance, params string[] columns)
        {
            var (onDevice, deviceSeconds) = Measure(analysis, run.Settings.Device);
            var (onHost, hostSeconds) = Measure(analysis, ComputeDevice.Cpu);
            var worst = columns.ToDictionary(column => column, column => LargestError(onDevice[column], onHost[column], onHost.Count));
            run.Add(analysis.Description.Name, new
            {
                rows = onHost.Count,
                device_seconds = deviceSeconds,
                processor_seconds = hostSeconds,
                largest_relative_error = worst,
            });
            foreach (var (column, error) in worst.Where(pair => pair.Value > tolerance))
            {
                run.Fail(
                    $"{analysis.Description.Name}.{column}: expected a relative error of {tolerance:0.#e+0} at most, found {error:g3}.");
            }
        }

        (ResultTable Table, double Seconds) Measure(IAnalysis analysis, ComputeDevice device)
        {
            var started = Stopwatch.GetTimestamp();
            var table = analysis.Run(new AnalysisInput(checkpoint, null, null, model) { Device = device }, CancellationToken.None);
            return (table, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }

    private static double LargestError(ResultColumn found, ResultColumn expected, int rows) =>
        Enumerable.Range(0, rows).Select(row => (Found: found.Number(row), Expected: expected.Number(row)))
            .Where(pair => !pair.Found.Equals(pair.Expected))
            .Select(pair => Math.Abs((pair.Found - pair.Expected) / pair.Expected))
            .Select(error => double.IsNaN(error) ? double.PositiveInfinity : error) // Max would pass over it
            .DefaultIfEmpty(0).Max();
}
