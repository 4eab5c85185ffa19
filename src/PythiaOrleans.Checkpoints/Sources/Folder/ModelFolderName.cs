using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>Names of model folders that are no legal identifiers, such as <c>lr=0.001</c>: what is not legal is escaped, <c>lr_x003D_0.001</c>.</summary>
/// <remarks>The escapes are those of XML names (<see cref="System.Xml.XmlConvert.EncodeName"/>): different folders never get one name.</remarks>
internal static partial class ModelFolderName
{
    /// <summary>The model's name; null where even the escaped name is not legal.</summary>
    public static string? ToModel(string folder)
    {
        if (Identifier.IsValid(folder) && !Escape().IsMatch(folder))
        {
            return folder;
        }

        var name = new StringBuilder(folder.Length);
        for (var i = 0; i < folder.Length; i++)
        {
            var isLegal = char.IsAsciiLetterOrDigit(folder[i]) || folder[i] is '-' or '.' || (folder[i] == '_' && !StartsEscape(folder.AsSpan(i)));
            name.Append(isLegal ? folder[i].ToString() : string.Create(CultureInfo.InvariantCulture, $"_x{(int)folder[i]:X4}_"));
        }

        return Identifier.IsValid(name.ToString()) ? name.ToString() : null;
    }

    /// <summary>The folder of a model's name.</summary>
    public static string FromModel(string model) =>
        Escape().Replace(Identifier.Validate(model, "model"), match => $"{(char)Convert.ToInt32(match.Groups[1].Value, 16)}");

    private static bool StartsEscape(ReadOnlySpan<char> text)
    {
        foreach (var match in Escape().EnumerateMatches(text))
        {
            return match.Index == 0;
        }

        return false;
    }

    [GeneratedRegex(@"_x([0-9A-F]{4})_")]
    private static partial Regex Escape();
}
