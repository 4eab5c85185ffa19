using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Reads back the data that a report's page has packed inside.</summary>
internal static partial class PageData
{
    /// <summary>The JSON of a page.</summary>
    public static JsonElement Read(string page)
    {
        using var packed = new MemoryStream(Convert.FromBase64String(DataOfPage().Match(page).Groups[1].Value));
        using var json = new GZipStream(packed, CompressionMode.Decompress);
        return JsonDocument.Parse(json).RootElement;
    }

    [GeneratedRegex("""<script type="text/plain" id="data">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex DataOfPage();
}
