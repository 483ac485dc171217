using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Natflow.Hocon.Tests;

/// <summary>Configuration values compared with JSON: types strictly, numbers by value, keys in any order.</summary>
internal static class JsonOf
{
    internal static bool AreEqual(JsonElement expected, HoconValue actual) => (expected.ValueKind, actual) switch
    {
        (JsonValueKind.Object, HoconObject fields) => expected.EnumerateObject().Count() == fields.Fields.Count
            && expected.EnumerateObject().All(field => fields.TryGetField(field.Name, out HoconValue? value) && AreEqual(field.Value, value)),
        (JsonValueKind.Array, HoconArray list) => expected.GetArrayLength() == list.Items.Count
            && expected.EnumerateArray().Zip(list.Items).All(static pair => AreEqual(pair.First, pair.Second)),
        (JsonValueKind.String, HoconScalar { Kind: HoconScalarKind.Text } text) => text.Text == expected.GetString(),
        (JsonValueKind.Number, HoconScalar { Kind: HoconScalarKind.Number } number) =>
            double.Parse(number.Text, CultureInfo.InvariantCulture).Equals(expected.GetDouble()),
        (JsonValueKind.True, HoconScalar { Kind: HoconScalarKind.Boolean, Text: "true" }) => true,
        (JsonValueKind.False, HoconScalar { Kind: HoconScalarKind.Boolean, Text: "false" }) => true,
        (JsonValueKind.Null, HoconScalar { Kind: HoconScalarKind.Null }) => true,
        _ => false,
    };

    internal static string Text(HoconValue value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, HoconValue value)
    {
        switch (value)
        {
            case HoconObject fields:
                text.Append('{');
                foreach ((string name, HoconValue field) in fields.Fields)
                {
                    text.Append(JsonSerializer.Serialize(name)).Append(':');
                    Append(text, field);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case HoconArray list:
                text.Append('[');
                foreach (HoconValue item in list.Items)
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case HoconScalar { Kind: HoconScalarKind.Text } scalar:
                text.Append(JsonSerializer.Serialize(scalar.Text));
                break;
            default:
                text.Append(value);
                break;
        }
    }
}
