using System.Diagnostics;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What a user's mistakes lead to, and what a shell completes.</summary>
public sealed class CommandLineTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "pythia.dll");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Before, each of 144 shards was quarantined with the same error.</summary>
    [Fact]
    public async Task Sweep_OfAFolderThatIsNotThere_NamesItAndStoresNothing()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(
            "sweep", "--source", _folder["nowhere"], "--suite", "nano", "--store", _folder["store"]);
        Assert.Equal(1, code);
        Assert.Contains(_folder["nowhere"], errors, StringComparison.Ordinal);
        Assert.Contains("expected a folder that holds model/stepN/config.json", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder["store"], "sweeps")));
    }

    [Fact]
    public async Task Mistake_IsASentenceOnStandardError_WithoutTheWholeHelp()
    {
        var (code, output, errors) = await PythiaProcess.RunAsync("swep", "--source", "ck");
        Assert.Equal((2, ""), (code, output.Trim()));
        Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("There is no command 'pythia swep': did you mean sweep?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_WithItself_IsRefused()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync("compare", "published");
        Assert.Equal(2, code);
        Assert.Contains("'published' would be compared with itself", errors, StringComparison.Ordinal);
    }

    /// <summary>A real bash with the printed script: what Tab offers after some letters.</summary>
    [Theory]
    [InlineData("pythia models pythia-14", "pythia-14m")]
    [InlineData("pythia cache pr", "prune")]
    [InlineData("pythia plan --models pythia-70m,pythia-1.4b-ded", "pythia-70m,pythia-1.4b-deduped")]
    public async Task Completion_InBash_OffersNames(string line, string expected)
    {
        var script = $$"""
            pythia() { dotnet '{{Program}}' "$@"; }
            source <(pythia completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            read -ra COMP_WORDS <<< "$COMP_LINE"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _pythia
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        Assert.Contains(expected, await ShellAsync("bash", script));
    }

    /// <summary>A real fish: what it completes a line to.</summary>
    [Fact]
    public async Task Completion_InFish_OffersNames() => Assert.Contains("pythia-14m", await ShellAsync("fish", $$"""
        function pythia; dotnet '{{Program}}' $argv; end
        pythia completion fish | source
        complete -C 'pythia models pythia-14'
        """));

    /// <summary>zsh completes at a terminal only; here it reads the script, and names the function that completes the command.</summary>
    [Fact]
    public async Task Completion_InZsh_IsReadAndBelongsToTheCommand() => Assert.Contains("_pythia", await ShellAsync("zsh", $$"""
        pythia() { dotnet '{{Program}}' "$@"; }
        autoload -Uz compinit && compinit -D -u
        source <(pythia completion zsh)
        print -- ${_comps[pythia]}
        """));

    private static async Task<string[]> ShellAsync(string shell, string script)
    {
        var (_, output, _) = await Programs.RunAsync(new ProcessStartInfo(shell, ["-c", script]));
        return output.Split('\n');
    }
}
