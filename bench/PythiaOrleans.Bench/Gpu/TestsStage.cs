using System.Globalization;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The analyses' tests, those first that compare the device with the processor.</summary>
internal static partial class TestsStage
{
    private const string First = "*DeviceAgreementTests";

    // They read data and packages that the kit does not carry, and look at no device.
    private static readonly string[] LeftOut = ["*ScipyTests", "*RelaxGlibcxxTests"];

    public static void Run(StageRun run)
    {
        Test(run, "agreement", "-class", First);
        if (run.Settings.Device.IsCuda)
        {
            Test(run, "others", [.. ((string[])[First, .. LeftOut]).SelectMany(name => (string[])["-class-", name])]);
        }
    }

    private static void Test(StageRun run, string name, params string[] filter)
    {
        var failed = new List<string>();
        var (code, output, seconds) = StageRun.Execute(KitSettings.Dotnet, Note, [run.Settings.Tests, "-noColor", .. filter]);
        var summary = Summary().Match(output);
        if (!summary.Success)
        {
            run.Fail($"{name}: expected a summary of the tests, found exit code {code} and no summary.");
            return;
        }

        run.Add(name, new { total = Count("total"), failed = Count("failed"), skipped = Count("skipped"), seconds });
        if (Count("failed") + Count("errors") > 0 || Count("total") == 0)
        {
            run.Fail($"{name}: expected all of {Count("total")} tests to pass, found {Count("failed")} failed, {Count("errors")} errors.");
        }

        int Count(string group) => int.Parse(summary.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

        // Kept one by one: native code may end the tests' process before their summary.
        void Note(string line)
        {
            Console.WriteLine(line);
            if (line.EndsWith("[FAIL]", StringComparison.Ordinal))
            {
                failed.Add(line.Trim());
                run.Add($"{name}_failed", failed);
            }
        }
    }

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: (?<errors>\d+), Failed: (?<failed>\d+), Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
