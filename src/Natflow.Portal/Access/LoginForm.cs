using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Natflow.Portal.Access;

/// <summary>A form that was posted: few fields, short ones.</summary>
internal sealed class LoginForm
{
    /// <summary>Longest body, bytes.</summary>
    internal const int BodyBytesMax = 4096;

    private const int FieldsMax = 8;
    private const int NameLengthMax = 32;
    private const int ValueLengthMax = 512;
    private const string ContentType = "application/x-www-form-urlencoded";

    private readonly Dictionary<string, string> _fields;

    private LoginForm(Dictionary<string, string> fields) => _fields = fields;

    /// <summary>A field; empty where there is none.</summary>
    internal string this[string name] => _fields.GetValueOrDefault(name, "");

    /// <summary>Reads a request's body.</summary>
    /// <returns>The form and 0, or null and the status that says what is wrong.</returns>
    internal static async Task<(LoginForm? Form, int Status)> Read(HttpRequest request)
    {
        string type = request.ContentType ?? "";
        int end = type.IndexOf(';', StringComparison.Ordinal);
        if (!(end < 0 ? type : type[..end]).Trim().Equals(ContentType, StringComparison.OrdinalIgnoreCase))
            return (null, StatusCodes.Status415UnsupportedMediaType);
        if (request.ContentLength > BodyBytesMax)
            return (null, StatusCodes.Status413PayloadTooLarge);
        using var reader = new FormReader(request.Body, Encoding.UTF8) { ValueCountLimit = FieldsMax, KeyLengthLimit = NameLengthMax, ValueLengthLimit = ValueLengthMax };
        try
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in await reader.ReadFormAsync(request.HttpContext.RequestAborted))
            {
                if (values.Count != 1 || values[0]!.Any(char.IsControl))
                    return (null, StatusCodes.Status400BadRequest);
                fields.Add(name, values[0]!);
            }

            return (new LoginForm(fields), 0);
        }
        catch (InvalidDataException)
        {
            return (null, StatusCodes.Status400BadRequest);
        }
    }
}
