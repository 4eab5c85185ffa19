using System.CommandLine;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia completion</c>: a script that lets a shell complete commands, options and names.</summary>
/// <remarks>
/// The scripts ask <c>pythia</c> itself, through the suggest directive of System.CommandLine: <c>pythia "[suggest:9]" "plot mine "</c>
/// prints what can stand at the ninth letter, one a line.
/// </remarks>
internal static class CompletionCommand
{
    private const string Bash = """
        # pythia: completion for bash
        _pythia() {
            local line="${COMP_LINE#* }"
            local before=$((${#COMP_LINE} - ${#line}))
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(pythia "[suggest:$((COMP_POINT - before))]" "$line" 2> /dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _pythia pythia
        """;

    private const string Zsh = """
        #compdef pythia
        # pythia: completion for zsh
        _pythia() {
            local line="${BUFFER#* }"
            local before=$((${#BUFFER} - ${#line}))
            local -a found
            found=("${(@f)$(pythia "[suggest:$((CURSOR - before))]" "$line" 2> /dev/null)}")
            if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
        }
        compdef _pythia pythia
        """;

    private const string Fish = """
        # pythia: completion for fish
        function __pythia_complete
            set -l line (commandline -cp | string replace -r '^\S+\s' '')
            pythia "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null
        end
        complete -c pythia -a '(__pythia_complete)'
        """;

    private const string PowerShell = """
        # pythia: completion for PowerShell
        Register-ArgumentCompleter -Native -CommandName pythia -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $text = $commandAst.ToString().PadRight($cursorPosition)
            $first = $text.IndexOf(' ') + 1
            pythia "[suggest:$($cursorPosition - $first)]" $text.Substring($first) 2> $null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command(
            "completion",
            "Print a script that lets your shell complete commands, options, and the names of sweeps, models, analyses, plots and "
                + "findings.") { shell };
        command.SetAction(parsed =>
        {
            Output.Line(Scripts[parsed.GetValue(shell)!]);
            return ExitCode.Done;
        });
        return command;
    }
}
