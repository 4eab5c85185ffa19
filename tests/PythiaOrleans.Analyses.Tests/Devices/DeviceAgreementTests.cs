using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Analyses.Behaviour;
using PythiaOrleans.Analyses.FunctionSpace;
using PythiaOrleans.Analyses.RepresentationGeometry;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.StreamControls;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// The same checkpoint on the processor and on the tests' device: every smooth column within a tolerance. On a processor both sides are the
/// same path.
/// </summary>
public sealed class DeviceAgreementTests
{
    // float32 products are summed in another order on a GPU; float64 ones too, and eigenvalues of it keep half of their digits at the
    // least.
    private const double OfActivations = 1e-5;
    private const double OfGradients = 1e-4;
    private const double OfSpectra = 1e-6;

    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2", "llama, tied and shared", "olmo2"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Stream_AgreesWithTheProcessors(string family) =>
        AssertAgree(new ResidualStreamAnalysis(ActivationTests.Settings(2, 9)), family, OfActivations, "count", "max_abs", "std",
            "token_norm_mean", "token_norm_max", "largest_channel", "largest_position", "loss");

    [Theory]
    [MemberData(nameof(Families))]
    public void Behaviour_AgreesWithTheProcessors(string family) =>
        AssertAgree(new BehaviourAnalysis(ActivationTests.Settings(2, 9)), family, OfGradients, "loss", "entropy", "confidence",
            "kl_to_unigram", "kl_to_bigram", "kl_to_trigram", "kl_from_trigram", "direct_path_loss", "rare_loss");

    [Theory]
    [MemberData(nameof(Families))]
    public void Geometry_AgreesWithTheProcessors(string family) =>
        AssertAgree(new RepresentationGeometryAnalysis(ActivationTests.Settings(2, 9)), family, OfGradients, "points", "rank_me",
            "participation_ratio", "anisotropy", "intrinsic_dimension", "non_finite");

    [Theory]
    [MemberData(nameof(Families))]
    public void Controls_AgreeWithTheProcessors(string family) =>
        AssertAgree(new StreamControlsAnalysis(ActivationTests.Settings(2, 9)), family, OfGradients, "excess_kurtosis",
            "rotated_excess_kurtosis", "largest_over_rms");

    [Theory]
    [MemberData(nameof(Families))]
    public void FunctionSpace_AgreesWithTheProcessors(string family) =>
        AssertAgree(new FunctionSpaceAnalysis(), family, OfSpectra, "norm", "spectral_norm", "stable_rank", "effective_rank", "non_finite");

    [Theory]
    [MemberData(nameof(Families))]
    public void Heads_AgreeWithTheProcessors(string family) =>
        AssertAgree(new AttentionHeadsAnalysis(ActivationTests.Settings(2, 9)), family, OfGradients, "sink", "previous_token", "induction",
            "duplicate_token", "entropy", "repeats", "ov_copying", "qk_matching");

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_AgreeWithTheProcessors(string family) =>
        AssertAgree(new WeightGradientsAnalysis(ActivationTests.Settings(2, 9)), family, OfGradients, "count", "norm", "rms", "std",
            "max_abs", "loss");

    [Theory]
    [MemberData(nameof(Families))]
    public void Spectra_AgreeWithTheProcessors(string family) =>
        AssertAgree(new WeightSpectrumAnalysis(), family, OfSpectra, "rows", "columns", "spectral_norm", "stable_rank", "effective_rank",
            "participation_ratio");

    [Fact]
    public void Directions_AgreeWithTheProcessors()
    {
        var shape = ActivationTests.Shape(24, 2, 3) with { VocabularyRows = 90 };
        AssertAgree(new SvdDirectionsAnalysis(), new RandomModel(shape, seed: 11), OfSpectra, "count", "spectral_norm", "top_logit");
    }

    /// <summary>Twice on one device: not a bit may differ.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public async Task Results_OfOneDevice_HaveTheSameBytes(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        foreach (var analysis in AnalysisRegistry.BuiltIn.Create(ActivationTests.Settings(2, 9)).Where(analysis => analysis.UsesDevice))
        {
            Assert.Equal(await BytesAsync(analysis, model.Input), await BytesAsync(analysis, model.Input));
        }
    }

    private static void AssertAgree(IAnalysis analysis, string family, double tolerance, params string[] columns) =>
        AssertAgree(analysis, MemoryPlanTests.Model(family), tolerance, columns);

    private static void AssertAgree(IAnalysis analysis, RandomModel model, double tolerance, params string[] columns)
    {
        using (model)
        {
            var device = analysis.Run(model.Input, TestContext.Current.CancellationToken);
            var processor = analysis.Run(new AnalysisInput(model.Checkpoint, null, null, model.Input.Model),
                TestContext.Current.CancellationToken);
            Assert.Equal(processor.Count, device.Count);
            Assert.All(columns, column => Assert.All(
                Enumerable.Range(0, processor.Count),
                row =>
                {
                    var expected = processor[column].Number(row);
                    Assert.Equal(expected, device[column].Number(row), double.IsNaN(expected) ? 0 : tolerance * Math.Abs(expected));
                }));
        }
    }

    private static Task<byte[]> BytesAsync(IAnalysis analysis, AnalysisInput input) =>
        ResultParquet.WriteAsync(analysis.Run(input, TestContext.Current.CancellationToken), new Dictionary<string, string>(),
            TestContext.Current.CancellationToken);
}
