using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Natflow.Architecture.Tests;

/// <summary>
/// What each project shows to others, one file a project, as it was approved last. A wanted change is approved by
/// <c>NATFLOW_APPROVE=1 dotnet test tests/Natflow.Architecture.Tests</c> and shows as a diff.
/// </summary>
public sealed class ApiTests
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static TheoryData<string> Projects() => [.. Repository.SourceProjects.Keys.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Projects))]
    public void PublicApi_IsAsApproved(string project)
    {
        int index = Repository.SourceProjects.Keys.Order(StringComparer.Ordinal).ToList().IndexOf(project);
        string api = Describe(Repository.Assemblies[index]);
        string path = Repository.Path("tests", "Natflow.Architecture.Tests", "api", $"{project}.txt");
        if (Repository.IsApproving)
            File.WriteAllText(path, api);
        Assert.True(File.Exists(path), $"{path} is missing: approve it");
        Assert.Equal(File.ReadAllLines(path), api.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Describe_ThisAssembly_ShowsPublicMembersAlone()
    {
        string api = Describe(typeof(ApiTests).Assembly);
        Assert.Contains("class Natflow.Architecture.Tests.ApiTests", api, StringComparison.Ordinal);
        Assert.Contains("  Void PublicApi_IsAsApproved(String project)", api, StringComparison.Ordinal);
        Assert.DoesNotContain("  String Describe(", api, StringComparison.Ordinal);
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        text.Append(assembly.GetName().Name).Append('\n');
        foreach (Type type in assembly.GetExportedTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName).Append('\n');
            string[] members = [.. type.GetMembers(Declared).Where(IsShown).Select(Describe).Order(StringComparer.Ordinal)];
            foreach (string member in members)
                text.Append("  ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum) return "enum";
        if (type.IsInterface) return "interface";
        if (type.IsValueType) return "struct";
        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsSealed ? "sealed " : type.IsAbstract ? "abstract " : string.Empty;
        return modifier + "class";
    }

    // Accessors are shown with their property; what the compiler wrote for a record follows from its parameters.
    private static bool IsShown(MemberInfo member) => member switch
    {
        MethodInfo method => IsOpen(method) && !method.IsSpecialName && !method.IsDefined(typeof(CompilerGeneratedAttribute)),
        ConstructorInfo constructor => IsOpen(constructor) && !constructor.IsDefined(typeof(CompilerGeneratedAttribute)),
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsOpen),
        EventInfo => true,
        _ => false,
    };

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Describe(MemberInfo member) => member switch
    {
        MethodInfo method => $"{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        FieldInfo { IsLiteral: true } field => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{(field.IsInitOnly ? "readonly " : string.Empty)}{Name(field.FieldType)} {field.Name}",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {string.Join(' ', property.GetAccessors(nonPublic: true).Where(IsOpen).Select(static accessor => accessor.Name[..3]).Order(StringComparer.Ordinal))} }}",
        _ => member.ToString()!,
    };

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(static type => type.Name))}>" : string.Empty;

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(static parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
