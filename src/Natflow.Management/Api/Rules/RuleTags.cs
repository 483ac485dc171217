using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Natflow.Management.Api.Rules;

/// <summary>Entity tags of rules: they are immutable, so each object has one, whatever its size; none is that of an earlier process. Any thread.</summary>
internal sealed class RuleTags
{
    private readonly ConditionalWeakTable<object, string> _tags = [];
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private long _last;

    /// <summary>The tag of an object.</summary>
    internal string Of(object rules) => _tags.GetValue(rules, _ => string.Create(CultureInfo.InvariantCulture, $"\"{_process}-{Interlocked.Increment(ref _last)}\""));
}
