using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>What people's own folders look like.</summary>
public sealed partial class FolderCaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("unsupported")]
    [InlineData("half-copied")]
    public async Task BadNeighbour_StopsNobody(string root)
    {
        var folder = Path.Combine(await MakeAsync("bad-neighbour-stops-sweep"), root);
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "cut", "step0")).FullName, "config.json"),
            "{\"model_type\":",
            Stop);
        var models = FolderModels.Read(folder);
        Assert.Equal(16, models.Find("good").Shape.HiddenSize);
        Assert.Null(models.Find("good").FindProblem());
        Assert.Contains("cut/step0/config.json", models.Find("cut").FindProblem(), StringComparison.Ordinal);
        Assert.Throws<CheckpointFormatException>(() => models.Find("cut").Shape);
        Assert.Equal([0, 10], models.Find("good").Steps);
    }

    [Theory]
    [InlineData("run", "100,200,1000")]
    [InlineData("padded", "0,100,1000")]
    [InlineData("under", "100,200,1000")]
    public async Task StepFolders_AsTrainersNameThem_AreRead(string model, string steps)
    {
        var root = await MakeAsync("step-folders-by-other-names");
        Assert.Equal(steps, string.Join(",", FolderModels.Read(root).Find(model).Steps));
        using var checkpoint = await OpenAsync(root, new CheckpointId(model, 100));
        Assert.Equal(16, checkpoint.Shape.HiddenSize);
    }

    [Theory]
    [InlineData("step1000", 1000)]
    [InlineData("step0", 0)]
    [InlineData("step001000", 1000)]
    [InlineData("checkpoint-100", 100)]
    [InlineData("global_step100", 100)]
    [InlineData("ckpt_012", 12)]
    [InlineData("epoch=1-step=300", 300)]
    [InlineData("step1000-unsharded", 1000)]
    [InlineData("iter_0005000", 5000)]
    [InlineData("Checkpoint-7", 7)]
    [InlineData("0700", 700)]
    [InlineData("logs", null)]
    [InlineData("final", null)]
    [InlineData("footstep3", null)]
    [InlineData("step99999999999", null)]
    public void StepName_IsUnderstoodOrLeftOut(string name, int? expected)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "m", name));
        var steps = new StepNames().ListSteps(Path.Combine(_folder.Root, "m"));
        Assert.Equal(expected, steps.Count == 0 ? null : steps.Single().Key);
    }

    [Fact]
    public void StepNames_OfOneStep_PreferTheCanonicalOne()
    {
        foreach (var name in (string[])["checkpoint-5", "step5", "step0005"])
        {
            Directory.CreateDirectory(Path.Combine(_folder.Root, "m", name));
        }

        Assert.Equal("step5", new StepNames().ListSteps(Path.Combine(_folder.Root, "m"))[5]);
    }

    [Theory]
    [InlineData("run_{step}_final", "run_20_final", 20)]
    [InlineData("*-s{step}", "seed7-s30", 30)]
    [InlineData("e{step}", "e004", 4)]
    public async Task StepPattern_OfTheUsers_TravelsWithTheSource(string pattern, string name, int step)
    {
        var root = await MakeAsync("names-with-an-equals-sign");
        Directory.Move(Path.Combine(root, "lr=0.01_seed=1", "step10"), Path.Combine(root, "lr=0.01_seed=1", name));
        var source = CheckpointSources.Resolve(root, pattern);
        var model = CheckpointSources.ReadModels(source).Find("lr=0.01_seed=1");
        Assert.Equal([step], model.Steps);
        Assert.True(CheckpointSources.IsShared(source));
        using var files = await new CheckpointSources().Open(source).FetchAsync(new CheckpointId(model.Name, step), Stop);
        Assert.Contains(name, files.Config, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("{step}/{step}")]
    [InlineData("a/{step}")]
    public void StepPattern_WithoutOneNumber_IsRefused(string pattern) =>
        Assert.Contains(
            "--step-pattern",
            Assert.Throws<ArgumentException>(() => CheckpointSources.Resolve("x", pattern)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("hub")]
    [InlineData("hub:me")]
    [InlineData("az://c/x")]
    public void StepPattern_OfASourceThatHasNone_IsRefused(string source) =>
        Assert.Contains(
            "--step-pattern",
            Assert.Throws<ArgumentException>(() => CheckpointSources.Resolve(source, "s{step}")).Message,
            StringComparison.Ordinal);

    /// <summary>Two steps with one content are told apart by a few places of their files; nothing is read whole for it.</summary>
    [Fact]
    public async Task Sample_IsEqualForEqualBytesOnly()
    {
        var root = await MakeAsync("names-with-an-equals-sign");
        var folder = Path.Combine(root, "lr=0.01_seed=1");
        var id = new CheckpointId("lr_x003D_0.01_seed_x003D_1", 0);
        var source = new FolderSource(root);
        var (first, second) = (await source.SampleAsync(id, Stop), await source.SampleAsync(id with { Step = 10 }, Stop));
        Assert.NotNull(first);
        Assert.NotEqual(first, second);
        File.Copy(Path.Combine(folder, "step0", "model.safetensors"), Path.Combine(folder, "step10", "model.safetensors"), overwrite: true);
        Assert.Equal(first, await source.SampleAsync(id with { Step = 10 }, Stop));
        Assert.Null(await source.SampleAsync(id with { Step = 11 }, Stop));
    }

    [Theory]
    [InlineData("lr=0.001_seed=1", "lr_x003D_0.001_seed_x003D_1")]
    [InlineData("a+b, c", "a_x002B_b_x002C__x0020_c")]
    [InlineData("plain_name", "plain_name")]
    [InlineData("a_x003D_b", "a_x005F_x003D_b")]
    [InlineData("=begins", null)]
    [InlineData("..", null)]
    public void FolderName_BecomesAModelsNameAndBack(string folder, string? model)
    {
        Assert.Equal(model, ModelFolderName.ToModel(folder));
        Assert.Equal(model is null ? null : folder, model is null ? null : ModelFolderName.FromModel(model));
    }

    [Fact]
    public async Task Model_NamedAfterItsHyperparameters_IsFoundByThatName()
    {
        var root = await MakeAsync("names-with-an-equals-sign");
        var model = FolderModels.Read(root).Find("lr=0.001_seed=1");
        Assert.True(Identifier.IsValid(model.Name));
        using var checkpoint = await OpenAsync(root, new CheckpointId(model.Name, 10));
        Assert.Equal(16, checkpoint.Shape.HiddenSize);
    }

    [Fact]
    public async Task Step_ThatIsAbsent_SaysWhatIsThere()
    {
        var root = await MakeAsync("step-folders-by-other-names");
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await OpenAsync(root, new CheckpointId("run", 300)));
        Assert.Contains("checkpoint-100", error.Message, StringComparison.Ordinal);
        Assert.Contains("--step-pattern", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compiled")]
    [InlineData("ddp")]
    [InlineData("both")]
    public async Task WrapperPrefix_ThatAllNamesShare_IsTakenOff(string model)
    {
        using var checkpoint = await OpenAsync(await MakeAsync("wrapper-prefixes"), new CheckpointId(model, 0));
        Assert.Empty(checkpoint.UnknownTensors);
    }

    [Theory]
    [InlineData("", "a.x b.x", "")]
    [InlineData("module.", "module.a module.b", "")]
    [InlineData("model.", "module.model.a module.model.b", "module.")]
    [InlineData("gpt_neox.", "model.module.a model.module.b", "model.module.")]
    [InlineData("gpt_neox.", "module.a b", "")]
    [InlineData("gpt_neox.", "module. module.", "")]
    public void WrapperPrefix_IsWhatAllShareAndTheFamilyDoesNotOwn(string own, string names, string expected) =>
        Assert.Equal(expected, WrapperPrefix.Find(names.Split(' '), own));

    /// <summary>
    /// What trainers save: the weights in a dictionary of their own, with the optimizer and the step beside them, wrapped or not.
    /// </summary>
    [Theory]
    [InlineData("state_dict", "")]
    [InlineData("model", "")]
    [InlineData("module", "module.")]
    [InlineData("model_state_dict", "_orig_mod.")]
    [InlineData("state_dict", "model.")]
    public async Task StateDict_InsideAnotherDictionary_IsFound(string key, string prefix)
    {
        var folder = Path.Combine(_folder["nested"], "m", "step0");
        await CaseFolder.RunPythonAsync(
            $$"""
            from tiny import *; from tinybin import bin_file
            tensors = {"{{prefix}}" + k: v for k, v in tensors_of(neox_shapes(NEOX), 8).items()}
            beside = {"step": lambda p: p.num(7), "optimizer": lambda p: p.raw(b"}")}
            save("{{folder}}", NEOX, None, tokenizer())
            bin_file("{{folder}}/pytorch_model.bin", tensors, nest="{{key}}", extra=beside)
            """);
        using var checkpoint = await OpenAsync(_folder["nested"], new CheckpointId("m", 0));
        Assert.Empty(checkpoint.UnknownTensors);
    }

    [Fact]
    public async Task BinShards_BesideASafetensorsIndex_AreRead()
    {
        var root = await MakeAsync("bin-shards-beside-safetensors-index");
        using var checkpoint = await OpenAsync(root, new CheckpointId("bin-beside-index", 0));
        Assert.All(checkpoint.Files, file => Assert.EndsWith(".bin", file.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task StaleIndex_SaysWhichFilesAreThere()
    {
        var folder = Path.Combine(await MakeAsync("bin-shards-beside-safetensors-index"), "bin-beside-index", "step0");
        File.Move(Path.Combine(folder, "pytorch_model-00002-of-00002.bin"), Path.Combine(folder, "pytorch_model-00002-of-00003.bin"));
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            async () => await OpenAsync(_folder["case"], new CheckpointId("bin-beside-index", 0)));
        Assert.Contains("without pytorch_model-00002-of-00002.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains("pytorch_model-00002-of-00003.bin", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pointer-safetensors")]
    [InlineData("pointer-bin")]
    public async Task LfsPointer_IsCalledThat(string model)
    {
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            async () => await OpenAsync(await MakeAsync("lfs-pointer"), new CheckpointId(model, 0)));
        Assert.Contains("a Git LFS pointer to 166029852 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("with-f8-e4m3")]
    [InlineData("with-f8-e8m0")]
    [InlineData("with-f4")]
    [InlineData("with-u16")]
    [InlineData("with-c64")]
    public async Task ElementType_OfATensorThatTheFamilyDoesNotKnow_IsOnlyListed(string model)
    {
        using var checkpoint = await OpenAsync(await MakeAsync("float8-tensors"), new CheckpointId(model, 0));
        Assert.Equal(["extra.scale"], checkpoint.UnknownTensors);
    }

    /// <summary>
    /// What is no regular file is refused before it is opened: a named pipe would be waited for, a device read without end.
    /// </summary>
    [Theory]
    [InlineData("pipe", "a named pipe")]
    [InlineData("/dev/zero", "a device")]
    [InlineData("itself", "leads back to itself")]
    [InlineData("folder", "a folder")]
    [InlineData("/nowhere", "a link to /nowhere, which is not there")]
    public async Task File_ThatIsNone_IsRefused(string what, string found)
    {
        var root = await MakeAsync("names-with-an-equals-sign");
        var folder = Path.Combine(root, "lr=0.01_seed=1", "step0");
        var id = new CheckpointId("lr_x003D_0.01_seed_x003D_1", 0);
        foreach (var name in (string[])["config.json", "model.safetensors"])
        {
            var path = Path.Combine(folder, name);
            File.Move(path, path + ".kept");
            Replace(path, what);
            using var files = new Sources.CheckpointFiles(
                id, Path.Combine(folder, "config.json"), [Path.Combine(folder, "model.safetensors")], null);
            var error = Assert.Throws<CheckpointFormatException>(() => CheckpointReader.Open(files));
            if (name == "config.json")
            {
                error = await Assert.ThrowsAsync<CheckpointFormatException>(() => OpenAsync(root, id));
            }

            Assert.Contains(found, error.Message, StringComparison.Ordinal);
            Assert.NotNull(await new FolderSource(root).FindAsync(id with { Step = 10 }, Stop));
            (Directory.Exists(path) && what == "folder" ? (Action<string>)Directory.Delete : File.Delete)(path);
            File.Move(path + ".kept", path);
        }
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void File_WithoutPermission_IsAccessDenied()
    {
        var path = _folder["secret"];
        File.WriteAllText(path, "x");
        File.SetUnixFileMode(path, UnixFileMode.None);

        // Root may read every file. This thread reads as the user that has no rights, for as long as it opens the file.
        const uint nobody = 65534;
        var before = SetFileSystemUser(nobody);
        try
        {
            Assert.Throws<AccessDeniedException>(() => RegularFile.Open(path));
        }
        finally
        {
            SetFileSystemUser(before);
        }
    }

    /// <summary>What is passed over in a folder is said by name, once.</summary>
    [Theory]
    [InlineData("m/step000100", "m/step100", "step100 beside it is step 100, too")]
    [InlineData("m/checkpoint-7", "m/7", "checkpoint-7 beside it is step 7, too")]
    [InlineData("ünï/step0", "m/step0", "begins with a letter or a digit")]
    [InlineData("-dash/step0", "m/step0", "begins with a letter or a digit")]
    [InlineData("m/step0", "m/step7 -> nowhere", "step7 is left out: it is a link to nowhere")]
    [InlineData("m/step0", "n -> nowhere", "n is left out: it is a link to nowhere")]
    public void Folder_ThatIsPassedOver_IsNamedOnce(string first, string second, string expected)
    {
        foreach (var step in new[] { first, second })
        {
            if (step.Split(" -> ") is [var link, var target])
            {
                Directory.CreateSymbolicLink(_folder[link], target);
                continue;
            }

            Directory.CreateDirectory(_folder[step]);
            File.WriteAllText(_folder[$"{step}/config.json"], "{}");
        }

        using var notices = new Notices();
        Assert.Equal(["m"], FolderModels.Read(_folder.Root).Models.Select(model => model.Name));
        FolderModels.Read(_folder.Root);

        var told = Assert.Single(notices.Told, notice => notice.StartsWith(_folder.Root, StringComparison.Ordinal));
        Assert.Contains(expected, told, StringComparison.Ordinal);
    }

    private static void Replace(string path, string what)
    {
        switch (what)
        {
            case "pipe":
                Assert.Equal(0, MakePipe(path, 0x1A4));
                break;
            case "itself":
                File.CreateSymbolicLink(path, path);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                File.CreateSymbolicLink(path, what);
                break;
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);

    private static async Task<Checkpoint> OpenAsync(string root, CheckpointId id) =>
        CheckpointReader.Open(await new FolderSource(root).FetchAsync(id, Stop));

    private Task<string> MakeAsync(string name) => CaseFolder.MakeAsync(name, _folder["case"]);

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "setfsuid")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern uint SetFileSystemUser(uint user);
}
