using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Natflow.Hocon.Reading;

namespace Natflow.Hocon;

/// <summary>Conversions of resolved values. None throws: the caller says what an error is.</summary>
public static class HoconConvert
{
    /// <summary>Text of a string, number (its source text) or boolean.</summary>
    public static bool TryString(HoconValue value, [NotNullWhen(true)] out string? text)
    {
        text = value is HoconScalar { Kind: not HoconScalarKind.Null } scalar ? scalar.Text : null;
        return text is not null;
    }

    /// <summary>A whole number of 64 bits, from a number or from a string that is one; a fraction is refused, <c>1e3</c> is 1000.</summary>
    public static bool TryInt64(HoconValue value, out long number)
    {
        number = 0;
        if (NumberText(value) is not { } text)
            return false;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            return true;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)
            || exact != decimal.Truncate(exact) || exact < long.MinValue || exact > long.MaxValue)
        {
            return false;
        }

        number = (long)exact;
        return true;
    }

    /// <summary>A finite number, from a number or from a string that is one; <c>.5</c> is.</summary>
    public static bool TryDouble(HoconValue value, out double number)
    {
        number = 0;
        return NumberText(value) is { } text
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    /// <summary>A boolean, or one of the strings true, yes, on, false, no, off in lower case.</summary>
    public static bool TryBoolean(HoconValue value, out bool flag)
    {
        string? text = value is HoconScalar { Kind: HoconScalarKind.Boolean or HoconScalarKind.Text } scalar ? scalar.Text : null;
        flag = text is "true" or "yes" or "on";
        return flag || text is "false" or "no" or "off";
    }

    /// <summary>A duration in nanoseconds: a number (milliseconds without a unit) and a unit; may be negative.</summary>
    public static bool TryDuration(HoconValue value, out long nanoseconds)
    {
        nanoseconds = 0;
        return TryString(value, out string? text) && HoconUnits.TryDuration(text, out nanoseconds);
    }

    /// <summary>A size in bytes, 0 to 2^63 - 1: a number (bytes without a unit) and a unit; MB is 10^6, M and MiB are 2^20.</summary>
    public static bool TrySize(HoconValue value, out long bytes)
    {
        bytes = 0;
        return TryString(value, out string? text) && HoconUnits.TrySize(text, out bytes);
    }

    /// <summary>A list, or an object that acts as one: its keys that are whole numbers from 0, in their order, gaps and other keys left out.</summary>
    public static bool TryList(HoconValue value, [NotNullWhen(true)] out IReadOnlyList<HoconValue>? items)
    {
        items = (value as HoconArray)?.Items;
        if (value is not HoconObject indexed)
            return items is not null;
        var found = new List<(int Index, HoconValue Value)>();
        foreach ((string name, HoconValue field) in indexed.Fields)
        {
            if (int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index) && index >= 0)
                found.Add((index, field));
        }

        if (found.Count == 0)
            return false;
        items = [.. found.OrderBy(static item => item.Index).Select(static item => item.Value)];
        return true;
    }

    private static string? NumberText(HoconValue value)
    {
        if (value is not HoconScalar { Kind: HoconScalarKind.Number or HoconScalarKind.Text } scalar)
            return null;
        string text = scalar.Text;
        bool isNumber = scalar.Kind == HoconScalarKind.Number || HoconNumber.IsJsonNumber(text)
            || (text.StartsWith('.') && HoconNumber.IsJsonNumber($"0{text}"));
        return isNumber ? text : null;
    }
}
