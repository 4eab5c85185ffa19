using System.Text.RegularExpressions;

namespace PythiaOrleans.Architecture.Tests;

/// <summary>Links of the documentation lead somewhere: to a file that is there, and to a heading that it has.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Pages =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md"),
        .. new[] { "docs", "helm", "k8s" }.SelectMany(folder =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories)),
    ];

    private static readonly string[] Notebooks = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "notebooks"), "*.ipynb");

    [Fact]
    public void Links_LeadToFilesAndHeadings()
    {
        var links = Pages.Concat(Notebooks).SelectMany(page => Links(page).Select(target => (Page: page, Target: target))).ToArray();
        Assert.True(links.Length > 100, $"only {links.Length} links were found");
        Assert.Empty(links.Select(link => Problem(link.Page, link.Target)).OfType<string>());
    }

    /// <summary>A page that is in no menu is not found by a reader who does not know its name.</summary>
    [Fact]
    public void Pages_StandInTheMenuOfTheSite()
    {
        var menu = File.ReadAllText(Path.Combine(Repository.Root, "mkdocs.yml"));
        var docs = Path.Combine(Repository.Root, "docs");
        Assert.All(
            Pages.Where(page => Path.GetDirectoryName(page) == docs).Select(Path.GetFileName),
            page => Assert.Contains($"- {page}\n", menu, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("docs/cli.md", "nowhere.md", "no such file")]
    [InlineData("docs/cli.md", "plots.md#no-such-heading", "no heading")]
    [InlineData("README.md", "docs/plots.md#pictures-and-films", null)]
    [InlineData("docs/cli.md", "#exit-codes", null)]
    public void Problem_OfALink_IsSeen(string page, string target, string? expected)
    {
        var problem = Problem(Path.Combine(Repository.Root, page), target);
        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    private static string? Problem(string page, string target)
    {
        var (path, anchor) = target.Split('#', 2) is [var file, var heading] ? (file, heading) : (target, null);
        var whole = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(path)));
        if (!File.Exists(whole) && !Directory.Exists(whole))
        {
            return $"{Repository.Relative(page)}: {target}: no such file";
        }

        return anchor is null || Anchors(whole).Contains(anchor) ? null : $"{Repository.Relative(page)}: {target}: no heading of that name";
    }

    private static IEnumerable<string> Links(string page) => Link().Matches(Prose(page)).Select(match => match.Groups[1].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    // As GitHub and mkdocs make them: lower case, words joined by hyphens, everything else left out; the second of one name gets -1.
    private static HashSet<string> Anchors(string page)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var heading in Heading().Matches(Prose(page)).Select(match => match.Groups[1].Value))
        {
            var name = Dropped().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            for (var (free, number) = (name, 1); !anchors.Add(free); number++)
            {
                free = $"{name}-{number}";
            }
        }

        return anchors;
    }

    // Code is no prose: a line of it may look like a link or a heading.
    private static string Prose(string page) => Fence().Replace(File.ReadAllText(page), "");

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Dropped();
}
