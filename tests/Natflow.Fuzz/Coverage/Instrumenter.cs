using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Natflow.Fuzz.Coverage;

/// <summary>Rewrites an assembly so that each block of its code tells <see cref="CoverageMap"/> that it is entered. The file itself stays as it is.</summary>
internal sealed class Instrumenter : IDisposable
{
    private const uint Spread = 2_654_435_761; // Consecutive numbers land far apart.

    private readonly DefaultAssemblyResolver _resolver = new();
    private uint _blockCount;

    /// <summary>An instrumenter.</summary>
    /// <param name="folder">Where the assemblies lie.</param>
    internal Instrumenter(string folder)
    {
        _resolver.AddSearchDirectory(folder);
        _resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
    }

    /// <summary>Rewrites an assembly.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>The rewritten one, to be loaded.</returns>
    internal MemoryStream Rewrite(string path)
    {
        using var module = ModuleDefinition.ReadModule(path, new ReaderParameters { AssemblyResolver = _resolver });
        MethodReference hit = ReferenceToHit(module);
        foreach (MethodDefinition method in module.GetTypes().Where(IsWanted).SelectMany(static type => type.Methods).Where(static method => method.HasBody))
            Rewrite(method.Body, hit);
        // As of an assembly that was not compiled ahead: what it holds beside its IL is left out.
        module.Attributes |= ModuleAttributes.ILOnly;
        module.Architecture = TargetArchitecture.I386;
        var rewritten = new MemoryStream();
        module.Write(rewritten);
        rewritten.Position = 0;
        return rewritten;
    }

    public void Dispose() => _resolver.Dispose();

    // Of the fuzzer itself the targets alone, for one of them is a parser too.
    private static bool IsWanted(TypeDefinition type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return !type.Namespace.StartsWith("Natflow.Fuzz", StringComparison.Ordinal) || type.Namespace == "Natflow.Fuzz.Targets";
    }

    private static MethodReference ReferenceToHit(ModuleDefinition module)
    {
        Type map = typeof(CoverageMap);
        if (module.Assembly.Name.Name == map.Assembly.GetName().Name)
            return module.GetType(map.FullName).Methods.First(static method => method.Name == nameof(CoverageMap.Hit));
        var scope = new AssemblyNameReference(map.Assembly.GetName().Name, map.Assembly.GetName().Version);
        module.AssemblyReferences.Add(scope);
        var hit = new MethodReference(nameof(CoverageMap.Hit), module.TypeSystem.Void, new TypeReference(map.Namespace, map.Name, module, scope));
        hit.Parameters.Add(new ParameterDefinition(module.TypeSystem.Int32));
        return hit;
    }

    // A block begins at the method's start, where a branch leads, behind a branch that may not be taken, and where a handler begins.
    private static HashSet<Instruction> Heads(MethodBody body)
    {
        var heads = new HashSet<Instruction> { body.Instructions[0] };
        foreach (Instruction instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                heads.Add(target);
            if (instruction.Operand is Instruction[] targets)
                heads.UnionWith(targets);
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Next is { } next)
                heads.Add(next);
        }

        heads.UnionWith(body.ExceptionHandlers.Select(static handler => handler.HandlerStart));
        return heads;
    }

    private void Rewrite(MethodBody body, MethodReference hit)
    {
        body.SimplifyMacros(); // Short branches may not reach any longer.
        ILProcessor processor = body.GetILProcessor();
        Instruction[] original = [.. body.Instructions];
        var moved = new Dictionary<Instruction, Instruction>();
        foreach (Instruction head in Heads(body))
        {
            Instruction number = processor.Create(OpCodes.Ldc_I4, (int)((++_blockCount * Spread) >> 16));
            processor.InsertBefore(head, number);
            processor.InsertBefore(head, processor.Create(OpCodes.Call, hit));
            moved.Add(head, number);
        }

        foreach (Instruction instruction in original)
        {
            if (instruction.Operand is Instruction target)
                instruction.Operand = moved[target];
            if (instruction.Operand is Instruction[] targets)
                instruction.Operand = Array.ConvertAll(targets, head => moved[head]);
        }

        foreach (ExceptionHandler handler in body.ExceptionHandlers)
            Move(handler, moved);
        body.OptimizeMacros();
    }

    private static void Move(ExceptionHandler handler, Dictionary<Instruction, Instruction> moved)
    {
        Instruction? At(Instruction? old) => old is not null && moved.TryGetValue(old, out Instruction? now) ? now : old;
        handler.TryStart = At(handler.TryStart);
        handler.TryEnd = At(handler.TryEnd);
        handler.HandlerStart = At(handler.HandlerStart);
        handler.HandlerEnd = At(handler.HandlerEnd);
        handler.FilterStart = At(handler.FilterStart);
    }
}
