using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia api-key</c>: makes a key of the HTTP API.</summary>
internal static class ApiKeyCommand
{
    private const int KeyBytes = 32;

    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command(
            "api-key",
            "Make a key of the HTTP API: the key for its user, the hash for the silos' option Api:Keys. Nothing is stored.") { json };
        command.SetAction(parsed =>
        {
            var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
            if (parsed.GetValue(json))
            {
                Output.Json(new { key, hash });
            }
            else
            {
                Output.Line($"key:  {key}");
                Output.Line($"hash: {hash}");
                Output.Note(
                    "Give the key to its user. Silos: PYTHIA__API__KEYS__0__NAME=…, PYTHIA__API__KEYS__0__HASH=<hash>, "
                        + "PYTHIA__API__KEYS__0__SCOPE=Read or Write.");
            }
        });
        return command;
    }
}
