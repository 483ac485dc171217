using System.Diagnostics.CodeAnalysis;
using Natflow.Policy.Auth;

namespace Natflow.Policy.Control;

/// <summary>Reads the fields of an <c>auth</c> line: <c>id</c> and <c>szone</c> first, the others in any order.</summary>
internal static class AuthRuleText
{
    private const string Expected = "expected id=<n>,szone=<n>[,type=<web|auto>],sipgrp=<set>[,ipwhite=<set>][,macwhite=<set>]";

    public static bool TryParse(string text, [NotNullWhen(true)] out AuthRule? rule, out ControlResult result)
    {
        rule = null;
        string[] parts = text.TrimEnd().Split(',');
        if (parts.Length < 2 || !TryField(parts[0], "id=", out uint id) || !TryField(parts[1], "szone=", out uint zone))
        {
            result = ControlResult.Ignored(Expected);
            return false;
        }

        // A missing type means web, as in the original: the stricter of the two.
        var fields = new AuthRule(id, zone, AuthType.Web, "", "", "");
        foreach (string part in parts.AsSpan(2))
        {
            result = Take(ref fields, part);
            if (!result.IsTaken)
                return false;
        }

        result = fields.SourceSet.Length == 0 ? ControlResult.Invalid($"sipgrp is missing: {Expected}") : ControlResult.Taken;
        rule = fields;
        return result.IsTaken;
    }

    private static ControlResult Take(ref AuthRule fields, string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        string value = part[(equals + 1)..];
        string key = equals < 0 ? "" : part[..equals];
        if (key == "type")
        {
            fields = fields with { Type = value == "auto" ? AuthType.Auto : AuthType.Web };
            return value is "auto" or "web" ? ControlResult.Taken : ControlResult.Invalid($"type '{LineText.Shown(value)}': web or auto was expected");
        }

        if (value.Length > 0 && !LineText.IsSetName(value))
            return ControlResult.Ignored($"'{LineText.Shown(value)}': a set name has 1 to {LineText.SetNameMax} characters, no blank and no comma");
        AuthRule? taken = key switch
        {
            "sipgrp" => fields with { SourceSet = value },
            "ipwhite" => fields with { AddressWhiteSet = value },
            "macwhite" => fields with { MacWhiteSet = value },
            _ => null,
        };
        fields = taken ?? fields;
        return taken is null ? ControlResult.Ignored($"'{LineText.Shown(part)}': {Expected}") : ControlResult.Taken;
    }

    private static bool TryField(string part, string key, out uint number)
    {
        number = 0;
        return part.StartsWith(key, StringComparison.Ordinal) && LineText.TryStrictNumber(part.AsSpan(key.Length), uint.MaxValue, out number);
    }
}
