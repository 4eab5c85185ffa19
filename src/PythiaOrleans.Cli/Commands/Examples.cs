namespace PythiaOrleans.Cli.Commands;

/// <summary>Two examples for each command, as its help shows them. A test parses every one.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, IReadOnlyList<(string Line, string What)>> All = new(StringComparer.Ordinal)
    {
        ["pythia"] =
        [
            ("pythia demo --quick", "train two small models, sweep them, write the report"),
            ("pythia plan --suite pythia --source hub", "what a sweep would read and take"),
            ("pythia sweep --source ./checkpoints --name mine", "run it; run it again to finish what is missing"),
            ("pythia report mine", "plots and verdicts of what is there so far"),
        ],
        ["pythia demo"] =
        [
            ("pythia demo --quick", "two models, 21 checkpoints each, into ./pythia-demo"),
            ("pythia demo --folder /data/demo --train-only", "only the checkpoints, to try other commands on"),
        ],
        ["pythia models"] =
        [
            ("pythia models", "suites and models of the catalog"),
            ("pythia models pythia-70m", "shape, steps, schedule and wrong revisions of one model"),
        ],
        ["pythia analyses"] =
        [
            ("pythia analyses", "what can be measured"),
            ("pythia analyses weight-moments", "the columns of one analysis, with their units"),
        ],
        ["pythia census"] =
        [
            ("pythia census EleutherAI/pythia-2.8b", "which revisions serve something else than their names say"),
            ("pythia census hub --suite pythia --out census.html", "a whole suite, also as a page"),
        ],
        ["pythia plan"] =
        [
            ("pythia plan --source hub --models pythia-14m --steps 0,1000,143000", "three checkpoints of one model"),
            ("pythia plan --source ./checkpoints --models my-model", "all steps of a model in a folder"),
        ],
        ["pythia sweep"] =
        [
            ("pythia sweep --source hub --models pythia-14m --steps 0..143000:1000 --name small", "every thousandth step of one model"),
            ("pythia sweep --source ./checkpoints --analyses weight-moments,weight-spectrum --name mine", "two analyses only"),
        ],
        ["pythia status"] =
        [
            ("pythia status", "all sweeps of the store"),
            ("pythia status mine --watch", "follow one until it ends"),
        ],
        ["pythia pause"] =
        [
            ("pythia pause mine", "no further tasks start"),
            ("pythia pause mine --store az://results", "a sweep of another store"),
        ],
        ["pythia resume"] =
        [
            ("pythia resume mine", "go on, and retry what is quarantined"),
            ("pythia resume mine --workers 2", "with two checkpoints at the same time"),
        ],
        ["pythia cancel"] =
        [
            ("pythia cancel mine", "what was committed stays"),
            ("pythia cancel mine --json", "where it stood, as JSON"),
        ],
        ["pythia report"] =
        [
            ("pythia report mine --out report --stills", "report/report.html, and every plot as PNG"),
            ("pythia report --published --out published", "the series that the authors of the post published"),
        ],
        ["pythia plot"] =
        [
            ("pythia plot mine weight-moments-norm --components mlp.dense_h_to_4h --out norms.svg", "norms of one component"),
            ("pythia plot mine weight-distribution-histogram --models pythia-70m --style paper --out figure.pdf", "a figure for a paper"),
        ],
        ["pythia animate"] =
        [
            ("pythia animate mine weight-distribution-histogram --out weights.gif", "histograms along training, for slides"),
            ("pythia animate mine weight-spectrum-singular_values --models pythia-160m --fps 12 --out spectra.mp4", "a film; needs ffmpeg"),
        ],
        ["pythia series"] =
        [
            ("pythia series mine --analysis weight-moments --columns norm,std --models pythia-70m", "two columns of one model as CSV"),
            ("pythia series mine --analysis norm-budget --format parquet --out budget.parquet", "a series as a file for pandas or DuckDB"),
        ],
        ["pythia findings"] =
        [
            ("pythia findings mine --out findings.html", "verdicts, also as a page with pictures"),
            ("pythia findings --published --only mlp-norms-peak", "one claim on the published series, with all its numbers"),
        ],
        ["pythia compare"] =
        [
            ("pythia compare mine", "with the series that the authors published"),
            ("pythia compare mine --reference other --worst 5", "with another sweep, and its five worst values"),
        ],
        ["pythia likeness"] =
        [
            ("pythia likeness mine", "all pairs of models, at the end of training"),
            ("pythia likeness mine --models pythia-70m,pythia-160m --at 0.1", "two models after a tenth of it"),
        ],
        ["pythia changepoints"] =
        [
            ("pythia changepoints mine", "where norms change their course"),
            ("pythia changepoints published --column std --model pythia-1b", "deviations of one published model"),
        ],
        ["pythia budget"] =
        [
            ("pythia budget --published", "weight decay against growth in the published norms"),
            ("pythia budget mine --components mlp.dense_h_to_4h --out budget.csv", "one component, each pair of checkpoints as CSV"),
        ],
        ["pythia forecast"] =
        [
            ("pythia forecast published", "norms predicted from the first 40 % of training"),
            ("pythia forecast mine --column std --part 0.5", "deviations, from the first half"),
        ],
        ["pythia evals list"] =
        [
            ("pythia evals list", "tasks, metrics and models that have scores"),
            ("pythia evals list --json", "the same as JSON"),
        ],
        ["pythia evals import"] =
        [
            ("pythia evals import results/ --name mine", "every result file of a folder"),
            ("pythia evals import results.json --name mine --model my-model --step 1000", "one file that does not say what it is of"),
        ],
        ["pythia evals show"] =
        [
            ("pythia evals show --tasks lambada_openai --models pythia-70m", "the scores of one task and model"),
            ("pythia evals show --tasks arc_easy,piqa --metric acc", "two tasks"),
        ],
        ["pythia evals saturation"] =
        [
            ("pythia evals saturation", "which models lose accuracy late in training"),
            ("pythia evals saturation --tasks arc_easy", "by another task"),
        ],
        ["pythia evals relate"] =
        [
            ("pythia evals relate published", "norms beside accuracies"),
            ("pythia evals relate mine --column std --tasks piqa", "deviations beside one task"),
        ],
        ["pythia evals plot"] =
        [
            ("pythia evals plot published --out evals.png", "norms and accuracies in one picture"),
            ("pythia evals plot mine --component embed_in --tasks piqa --out piqa.svg", "one component and one task"),
        ],
        ["pythia seeds band"] =
        [
            ("pythia seeds band mine", "mean and deviation of norms over seeds"),
            ("pythia seeds band mine --component embed_in --out band.pdf", "one component, as a picture"),
        ],
        ["pythia seeds findings"] =
        [
            ("pythia seeds findings mine", "how many seeds agree with each claim"),
            ("pythia seeds findings mine --json", "the same as JSON"),
        ],
        ["pythia seeds map"] =
        [
            ("pythia seeds map mine --out map.svg", "states of training, run by run"),
            ("pythia seeds map mine --states 5", "with five states"),
        ],
        ["pythia verify"] =
        [
            ("pythia verify mine", "read every result back; changes nothing"),
            ("pythia verify mine --repair", "put damaged results aside, so that `pythia resume mine` computes them again"),
        ],
        ["pythia why"] =
        [
            ("pythia why pythia-160m@step3000", "why each of its analyses is done, pending or quarantined"),
            ("pythia why pythia-160m@step3000 --sweep mine", "for one sweep"),
        ],
        ["pythia cache ls"] =
        [
            ("pythia cache ls", "what came from the hub, the last used first"),
            ("pythia cache ls --cache /data/hub --json", "another folder, as JSON"),
        ],
        ["pythia cache verify"] =
        [
            ("pythia cache verify", "compare every file with its digest"),
            ("pythia cache verify --json", "the damage as JSON"),
        ],
        ["pythia cache repair"] =
        [
            ("pythia cache repair", "remove what is damaged"),
            ("pythia cache repair --cache /data/hub", "of another folder"),
        ],
        ["pythia cache prune"] =
        [
            ("pythia cache prune --keep 200GB --dry-run", "what would go"),
            ("pythia cache prune --keep 200GB --yes", "remove it without a question"),
        ],
        ["pythia silo"] =
        [
            ("pythia silo --role control --redis redis:6379 --store az://results", "keeps the books, serves the page"),
            ("pythia silo --role worker --redis redis:6379 --store az://results --slots 2", "computes, two checkpoints at a time"),
        ],
        ["pythia api-key"] =
        [
            ("pythia api-key", "a key, and what the silos need to accept it"),
            ("pythia api-key --json", "the same as JSON"),
        ],
        ["pythia help"] =
        [
            ("pythia help cache prune", "what a command takes, with examples"),
            ("pythia help --markdown", "the reference of all commands"),
        ],
        ["pythia completion"] =
        [
            ("pythia completion bash > ~/.local/share/bash-completion/completions/pythia", "for bash, from the next terminal on"),
            ("pythia completion fish > ~/.config/fish/completions/pythia.fish", "for fish"),
        ],
    };

    /// <summary>The examples of a command; none where it only has subcommands.</summary>
    /// <param name="path">Its words: <c>pythia cache prune</c>.</param>
    public static IReadOnlyList<(string Line, string What)> Of(string path) => All.GetValueOrDefault(path, []);
}
