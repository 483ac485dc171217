using System.Reflection;
using Xunit.Sdk;

namespace Natflow.Lab.Topology;

/// <summary>
/// A case that repeats over another kind of port, chip or setting what a case beside it shows. Only with <c>NATFLOW_LONG=1</c>: each has a network and a gateway of its own, and all of
/// them would take a quarter of an hour more.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class LongInlineDataAttribute : DataAttribute
{
    private readonly object[] _data;

    /// <summary>A case.</summary>
    /// <param name="data">The test's arguments.</param>
    public LongInlineDataAttribute(params object[] data)
    {
        _data = data;
        if (Environment.GetEnvironmentVariable("NATFLOW_LONG") != "1")
            Skip = "repeats the case beside it over another kind of port, chip or setting: NATFLOW_LONG=1 runs it";
    }

    /// <inheritdoc />
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_data];
}
