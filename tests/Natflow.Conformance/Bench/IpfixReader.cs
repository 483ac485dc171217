using System.Buffers.Binary;

namespace Natflow.Conformance.Bench;

/// <summary>Reads IPFIX messages by RFC 7011 alone: what a collector makes of them, knowing nothing of who sent them.</summary>
internal static class IpfixReader
{
    private const int HeaderBytes = 16;
    private const int SetHeaderBytes = 4;
    private const int TemplateSet = 2;

    /// <summary>The records of messages that follow each other: values by information element.</summary>
    internal static List<Dictionary<int, byte[]>> Read(ReadOnlySpan<byte> file)
    {
        var templates = new Dictionary<int, (int Element, int Bytes)[]>();
        var records = new List<Dictionary<int, byte[]>>();
        while (!file.IsEmpty)
        {
            Assert.Equal(10, BinaryPrimitives.ReadUInt16BigEndian(file));
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[2..]);
            Assert.Equal((uint)records.Count, BinaryPrimitives.ReadUInt32BigEndian(file[8..]));
            ReadSets(file[HeaderBytes..length], templates, records);
            file = file[length..];
        }

        return records;
    }

    /// <summary>A value of up to eight bytes.</summary>
    internal static ulong Number(byte[] value) => value.Aggregate(0ul, static (number, next) => (number << 8) | next);

    private static void ReadSets(ReadOnlySpan<byte> sets, Dictionary<int, (int Element, int Bytes)[]> templates, List<Dictionary<int, byte[]>> records)
    {
        while (!sets.IsEmpty)
        {
            int id = BinaryPrimitives.ReadUInt16BigEndian(sets);
            int length = BinaryPrimitives.ReadUInt16BigEndian(sets[2..]);
            ReadOnlySpan<byte> content = sets[SetHeaderBytes..length];
            if (id == TemplateSet)
                ReadTemplates(content, templates);
            else
                ReadRecords(content, templates[id], records);
            sets = sets[length..];
        }
    }

    private static void ReadTemplates(ReadOnlySpan<byte> content, Dictionary<int, (int Element, int Bytes)[]> templates)
    {
        while (content.Length >= SetHeaderBytes)
        {
            int id = BinaryPrimitives.ReadUInt16BigEndian(content);
            var fields = new (int, int)[BinaryPrimitives.ReadUInt16BigEndian(content[2..])];
            content = content[SetHeaderBytes..];
            for (int i = 0; i < fields.Length; i++, content = content[4..])
                fields[i] = (BinaryPrimitives.ReadUInt16BigEndian(content), BinaryPrimitives.ReadUInt16BigEndian(content[2..]));
            templates[id] = fields;
        }
    }

    private static void ReadRecords(ReadOnlySpan<byte> content, (int Element, int Bytes)[] fields, List<Dictionary<int, byte[]>> records)
    {
        int recordBytes = fields.Sum(static field => field.Bytes);
        while (content.Length >= recordBytes)
        {
            var record = new Dictionary<int, byte[]>();
            foreach ((int element, int bytes) in fields)
            {
                record[element] = content[..bytes].ToArray();
                content = content[bytes..];
            }

            records.Add(record);
        }
    }
}
