using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Orleans.Runtime;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Server.Api;

/// <summary>
/// Errors as problem+json (RFC 9457): the status' own name as the title, the sentence that the command line would print as the detail.
/// </summary>
internal static partial class ApiProblems
{
    private const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Title = TitleOf(status), Detail = detail, Instance = context.Request.Path };
        return context.Response.WriteAsJsonAsync(problem, ApiJson.Options, ContentType, context.RequestAborted);
    }

    /// <summary>Turns what an endpoint throws into an answer.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { StatusCode: >= StatusCodes.Status400BadRequest, HasStarted: false, ContentType: null })
            {
                // Routing and the reading of bodies set a status and say nothing.
                const string detail = "docs/api.md describes the paths, their methods and their bodies.";
                await WriteAsync(context, context.Response.StatusCode, detail).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!context.Response.HasStarted && StatusOf(error) is { } status)
        {
            await WriteAsync(context, status, DetailOf(error)).ConfigureAwait(false);
        }
    }

    /// <summary>The status' name, as RFC 9110 spells it.</summary>
    internal static string TitleOf(int status) => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "Error";

    /// <summary>The status that says what an exception means; null for one that was not foreseen.</summary>
    internal static int? StatusOf(Exception error) => error switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        ConflictException => StatusCodes.Status409Conflict,
        TooManyRequestsException => StatusCodes.Status429TooManyRequests,
        NotFoundException or KeyNotFoundException or FileNotFoundException => StatusCodes.Status404NotFound,
        ArgumentException or FormatException or DirectoryNotFoundException or AccessDeniedException => StatusCodes.Status400BadRequest,
        OrleansException or TimeoutException => StatusCodes.Status503ServiceUnavailable,
        StoreUnavailableException or SourceUnavailableException => StatusCodes.Status503ServiceUnavailable,
        IOException or InvalidDataException => StatusCodes.Status500InternalServerError,
        _ => null,
    };

    // The framework names the parameter of a method; the user knows the field.
    private static string DetailOf(Exception error) => error switch
    {
        BadHttpRequestException { InnerException: JsonException json } => Describe(json),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad when bad.Message.Contains(
            "no body", StringComparison.OrdinalIgnoreCase) =>
            "The request needs a body: a JSON object, as docs/api.md describes it.",
        _ => error.Message,
    };

    // The serializer's own message names our types where the JSON is sound but not what was asked for.
    private static string Describe(JsonException error) => (UnknownField().Match(error.Message), error.Path) switch
    {
        ({ Success: true } match, _) => $"The body has a field '{match.Groups["name"].Value}', which is none of those in docs/api.md.",
        (_, { Length: > 0 } path) when error.Message.Contains("could not be converted", StringComparison.Ordinal) =>
            $"The body has a value at {path} that is not of the kind that docs/api.md describes.",
        _ => error.Message,
    };

    [GeneratedRegex("^The JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex UnknownField();
}
