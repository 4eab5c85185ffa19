using System.CommandLine;
using System.CommandLine.Invocation;
using PythiaOrleans.Cli.Commands;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Cli.Tests;

/// <summary>The command line as it is read: examples, groups, completion, what is said of mistakes.</summary>
public sealed class CommandLineTests
{
    private static readonly RootCommand Root = PythiaCommand.Create();

    public static TheoryData<string> Paths { get; } = [.. Leaves(Root).Select(UsageErrors.PathOf)];

    [Fact]
    public void Groups_NameEveryCommandOnce() => Assert.Equal(
        Root.Subcommands.Select(command => command.Name).Order(), PythiaCommand.Groups.SelectMany(group => group.Commands).Order());

    [Theory]
    [MemberData(nameof(Paths))]
    public void Command_HasTwoExamples_ThatParse(string path)
    {
        var examples = Examples.Of(path);
        Assert.Equal(2, examples.Count);
        Assert.All(examples, example =>
        {
            Assert.StartsWith(path, example.Line, StringComparison.Ordinal);
            var parsed = Root.Parse(example.Line.Split(" > ")[0]["pythia ".Length..]);
            Assert.Empty(parsed.Errors);
            Assert.Equal(path, UsageErrors.PathOf(parsed.CommandResult.Command));
        });
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Help_SaysNoDefaultTwice(string path)
    {
        var help = Help(path.Split(' ')[1..]);
        Assert.Contains("Examples:", help, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"Default: [^\n]*\[default: ", help.Replace("\n   ", " ", StringComparison.Ordinal));
    }

    [Fact]
    public void Help_OfTheRoot_FitsEightyColumnsAndNamesEveryGroup()
    {
        var help = Help();
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.All(PythiaCommand.Groups, group => Assert.Contains($"\n{group.Title}\n", help, StringComparison.Ordinal));
    }

    [Fact]
    public void Help_OfACommandByItsName_IsItsHelp()
    {
        Assert.Equal(Help("cache", "prune"), Run("help", "cache", "prune"));
        Assert.Equal(Help(), Run("help"));
        var error = Assert.Throws<ArgumentException>(() => Run("help", "swep"));
        Assert.StartsWith("There is no command 'pythia swep': did you mean sweep?", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A silo runs until it is stopped; what every other command prints is in the reference.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void Command_HasAnExampleOutput_OfALineThatParses(string path)
    {
        var example = ExampleOutputs.Of(path);
        Assert.Equal(path == "pythia silo", example is null);
        if (example is var (line, text))
        {
            Assert.Empty(Root.Parse(line["pythia ".Length..]).Errors);
            Assert.InRange(text.Split('\n').Length, 2, 11);
            Assert.DoesNotContain("/tmp/", text, StringComparison.Ordinal);
        }
    }

    /// <summary>The page is written by <c>scripts/docs.sh</c>.</summary>
    [Fact]
    public void Reference_InTheDocs_IsWhatTheCommandsSay() =>
        Assert.Equal(File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "reference.md")), Run("help", "--markdown"));

    [Theory]
    [InlineData("swep --source ck", "There is no command 'pythia swep': did you mean sweep? There are 29.")]
    [InlineData("plot mine norm --blokcs 3", "`pythia plot` has no option '--blokcs': did you mean --blocks?")]
    [InlineData("cache prun", "There is no command 'pythia cache prun': did you mean prune? There are ls, verify, repair, prune.")]
    [InlineData("series mine", "Option '--analysis' is required.")]
    public void Mistake_IsOneSentenceAndAHint(string line, string expected)
    {
        var parsed = Root.Parse(line);
        Assert.IsType<ParseErrorAction>(parsed.Action);
        var said = UsageErrors.Describe(parsed);
        Assert.Equal(2, said.Count);
        Assert.Equal(expected, said[0]);
        Assert.EndsWith("--help` shows what it takes.", said[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swe", "sweep")]
    [InlineData("models pythia-14", "pythia-14m")]
    [InlineData("plan --models pythia-70m,pythia-16", "pythia-70m,pythia-160m")]
    [InlineData("series x --analysis weight-m", "weight-moments")]
    [InlineData("series x --analysis weight-moments --columns nor", "norm")]
    [InlineData("plot x weight-moments-n", "weight-moments-norm")]
    [InlineData("findings --only mlp-norms", "mlp-norms-peak")]
    public void Completion_OffersNames(string line, string expected) =>
        Assert.Contains(expected, Root.Parse(line).GetCompletions(line.Length).Select(item => item.InsertText ?? item.Label));

    [Fact]
    public void Completion_OffersTheSweepsOfTheStore()
    {
        var store = Directory.CreateTempSubdirectory("pythia-cli-");
        try
        {
            store.CreateSubdirectory("sweeps");
            foreach (var file in new[] { "mine.json", "mine.state.json", "other.json", "notes.txt" })
            {
                File.WriteAllText(Path.Combine(store.FullName, "sweeps", file), "{}");
            }

            var line = $"report --store {store.FullName} ";
            var offered = Root.Parse(line).GetCompletions(line.Length).Select(item => item.Label).ToArray();
            Assert.Contains("mine", offered);
            Assert.Contains("other", offered);
            Assert.DoesNotContain("mine.state", offered);
            Assert.DoesNotContain("notes", offered);
        }
        finally
        {
            store.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("a.gif", nameof(FilmFormat.Gif))]
    [InlineData("a.APNG", nameof(FilmFormat.Png))]
    [InlineData("a.mp4", nameof(FilmFormat.Mp4))]
    public void Film_IsWhatItsNameSays(string file, string expected) => Assert.Equal(expected, OutputFile.FilmFormatOf(file).ToString());

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a")]
    [InlineData("a.gif")]
    public void Picture_OfAnotherEnding_IsRefusedWithTheList(string file)
    {
        var error = Assert.Throws<ArgumentException>(() => OutputFile.FormatOf(file));
        Assert.Equal($"--out: expected a file that ends in .png or .svg or .pdf, found '{file}'.", error.Message);
    }

    [Fact]
    public void Failure_ShowsNoWordsOfTheCode()
    {
        Assert.Equal("Give a name.", CommandFailure.Describe(new ArgumentException("Give a name.", "spec")));
        var said = CommandFailure.Describe(new NotSupportedException("Nothing there."));
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.Contains("NotSupportedException: Nothing there.", said, StringComparison.Ordinal);
    }

    private static string Help(params string[] path) => Run([.. path, "--help"]);

    private static string Run(params string[] arguments)
    {
        using var output = new StringWriter();
        Root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return output.ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
