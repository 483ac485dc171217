using System.Text.Json.Serialization.Metadata;
using Natflow.Gateway.Users;

namespace Natflow.Management.Api.Rules;

/// <summary>A table of rules as the API reads and writes it: a model in JSON on one side, lines of a control device on the other.</summary>
/// <typeparam name="T">The model.</typeparam>
/// <param name="Name">Name of the route, and of the action on record.</param>
/// <param name="Device">The device.</param>
/// <param name="Part">What of the gateway's rules the device holds: another object, once it has changed.</param>
/// <param name="Model">Makes the model.</param>
/// <param name="Lines">Makes the lines that put a model in the place of all; throws <see cref="RuleException"/> where it makes no sense.</param>
/// <param name="Type">The model's JSON.</param>
internal sealed record RuleTable<T>(
    string Name, ControlDevice Device, Func<ControlModels, object> Part, Func<ControlModels, T> Model, Func<T, IReadOnlyList<string>> Lines, JsonTypeInfo<T> Type)
    where T : class;
