using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class UnsupportedNoticesTests
{
    private static ModelShape Shape => ModelCatalog.Default.Find("pythia-14m").Shape;

    [Fact]
    public async Task FieldsThatAreNotUnderstood_AreToldOfOnce()
    {
        var model = $"model-{Guid.NewGuid():N}";
        var shape = Shape with
        {
            UnsupportedSettings =
            [
                new UnsupportedSetting("config.json", "attn_logit_softcapping", "nothing", "50"),
                new UnsupportedSetting("config.json", "rope_scaling.type", "linear", "su"),
            ],
        };
        var told = await Notices.DuringAsync(() =>
        {
            UnsupportedNotices.Report(model, shape);
            UnsupportedNotices.Report(model, shape);
            UnsupportedNotices.Report(model, Shape);
            return Task.CompletedTask;
        });

        var notice = Assert.Single(told, notice => notice.Contains(model, StringComparison.Ordinal));
        Assert.Contains("attn_logit_softcapping, rope_scaling.type", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelThatIsUnderstood_NeedsNoWord() => Assert.Null(UnsupportedNotices.Describe("pythia-14m", Shape));
}
