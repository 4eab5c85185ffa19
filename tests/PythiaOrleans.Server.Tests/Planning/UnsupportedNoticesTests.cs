using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Server.Planning;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

public sealed class UnsupportedNoticesTests
{
    private static ModelShape Shape => ModelCatalog.Default.Find("pythia-14m").Shape;

    [Fact]
    public void FieldsThatAreNotUnderstood_AreToldOfOnce()
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
        using var notices = new Notices();
        UnsupportedNotices.Report(model, shape);
        UnsupportedNotices.Report(model, shape);
        UnsupportedNotices.Report(model, Shape);

        var notice = Assert.Single(notices.Told, notice => notice.Contains(model, StringComparison.Ordinal));
        Assert.Contains("attn_logit_softcapping, rope_scaling.type", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelThatIsUnderstood_NeedsNoWord() => Assert.Null(UnsupportedNotices.Describe("pythia-14m", Shape));
}
