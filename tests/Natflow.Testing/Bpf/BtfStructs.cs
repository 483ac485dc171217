using System.Buffers.Binary;
using System.Text;

namespace Natflow.Testing.Bpf;

/// <summary>Reads sizes and member offsets of structs from the BTF of a compiled BPF object: what clang really laid out.</summary>
public sealed class BtfStructs
{
    private const int KindStruct = 4;

    private readonly Dictionary<string, (int SizeBytes, Dictionary<string, int> Offsets)> _structs = new(StringComparer.Ordinal);

    public BtfStructs(byte[] elf)
    {
        ReadOnlySpan<byte> btf = Section(elf, ".BTF");
        int headerBytes = Int(btf, 4);
        ReadOnlySpan<byte> types = btf.Slice(headerBytes + Int(btf, 8), Int(btf, 12));
        ReadOnlySpan<byte> names = btf.Slice(headerBytes + Int(btf, 16), Int(btf, 20));
        for (int at = 0; at < types.Length;)
        {
            int info = Int(types, at + 4);
            int kind = (info >> 24) & 0x1F;
            int count = info & 0xFFFF;
            if (kind == KindStruct)
                Add(Name(names, Int(types, at)), Int(types, at + 8), types.Slice(at + 12, count * 12), names);
            at += 12 + TrailingBytes(kind, count);
        }
    }

    public int SizeBytes(string name) => _structs[name].SizeBytes;

    public int Offset(string name, string member) => _structs[name].Offsets[member];

    private void Add(string name, int sizeBytes, ReadOnlySpan<byte> members, ReadOnlySpan<byte> names)
    {
        var offsets = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int at = 0; at < members.Length; at += 12)
            offsets[Name(names, Int(members, at))] = Int(members, at + 8) / 8;
        _structs[name] = (sizeBytes, offsets);
    }

    // What follows a type, by kind (Documentation/bpf/btf.rst of Linux).
    private static int TrailingBytes(int kind, int count) => kind switch
    {
        1 or 14 or 17 => 4, // integer, variable, declaration tag
        3 => 12, // array
        4 or 5 or 15 or 19 => count * 12, // struct, union, data section, 64-bit enum
        6 or 13 => count * 8, // enum, function prototype
        _ => 0,
    };

    private static ReadOnlySpan<byte> Section(byte[] elf, string wanted)
    {
        long table = BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(40));
        int entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(58));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(60));
        int namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(62));
        ReadOnlySpan<byte> names = Content(elf, (int)table + (namesIndex * entryBytes));
        for (int i = 0; i < count; i++)
        {
            int header = (int)table + (i * entryBytes);
            if (Name(names, Int(elf, header)) == wanted)
                return Content(elf, header);
        }

        throw new InvalidDataException($"the object has no section {wanted}");
    }

    private static ReadOnlySpan<byte> Content(byte[] elf, int header) =>
        elf.AsSpan((int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(header + 24)), (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(header + 32)));

    private static int Int(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    private static string Name(ReadOnlySpan<byte> names, int offset) => Encoding.UTF8.GetString(names[offset..][..names[offset..].IndexOf((byte)0)]);
}
