using System.Buffers;
using System.Text;

namespace Natflow.Inspect.Observe;

/// <summary>
/// The rows of <c>natflow replay --url-log</c>: tab-separated, sorted by byte value. A request or question is a row each time; a hello is one row a
/// connection and name, however often it was sent.
/// </summary>
/// <remarks>Bytes outside 0x21 to 0x7E and backslashes are <c>\xHH</c>; an absent name is <c>-</c>. DTLS hellos, DNS answers and inferred names are no rows.</remarks>
public sealed class ObservationRows
{
    private readonly List<byte[]> _rows = [];
    private readonly HashSet<string> _hellos = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds the rows of a batch.</summary>
    /// <param name="batch">The batch, which stays as it is.</param>
    public void Add(ObservationBatch batch)
    {
        foreach (ref readonly Observation observation in batch.Observations)
        {
            if ((observation.Flags & ObservationFlags.Inferred) != ObservationFlags.None || !TryFormat(batch, in observation)) continue;
            bool isHello = observation.Kind is ObservationKind.Tls or ObservationKind.Quic;
            if (!isHello || _hellos.Add(Encoding.Latin1.GetString(_line.WrittenSpan)))
                _rows.Add(_line.WrittenSpan.ToArray());
        }
    }

    /// <summary>Writes all rows, sorted, a line each.</summary>
    public void WriteTo(Stream output)
    {
        _rows.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        foreach (byte[] row in _rows)
        {
            output.Write(row);
            output.WriteByte((byte)'\n');
        }
    }

    private bool TryFormat(ObservationBatch batch, in Observation observation)
    {
        _line.ResetWrittenCount();
        switch (observation.Kind)
        {
            case ObservationKind.Http:
                WriteEnds("http"u8, in observation);
                WriteText(batch.Text(observation.Method));
                WriteName(batch, in observation);
                WriteText(batch.Text(observation.Uri));
                return true;
            case ObservationKind.Tls:
                WriteEnds("tls"u8, in observation);
                WriteName(batch, in observation);
                return true;
            case ObservationKind.Quic:
                WriteEnds("quic"u8, in observation);
                WriteName(batch, in observation);
                return true;
            case ObservationKind.Dns:
                WriteEnds("dns"u8, in observation);
                WriteByte((byte)'\t');
                _line.Write(batch.Text(observation.Name)); // Escaped already: dots and backslashes inside labels must not be lost.
                return true;
            default:
                return false;
        }
    }

    private void WriteEnds(ReadOnlySpan<byte> kind, in Observation observation)
    {
        FlowEnds ends = observation.Ends;
        _line.Write(kind);
        WriteAscii(ends.ClientText);
        WriteAscii(ends.ClientPort.ToString());
        WriteAscii(ends.ServerText);
        WriteAscii(ends.ServerPort.ToString());
    }

    private void WriteAscii(string text)
    {
        WriteByte((byte)'\t');
        Encoding.ASCII.GetBytes(text, _line);
    }

    private void WriteName(ObservationBatch batch, in Observation observation)
    {
        if ((observation.Flags & ObservationFlags.HasName) != ObservationFlags.None) WriteText(batch.Text(observation.Name));
        else WriteAscii("-");
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        WriteByte((byte)'\t');
        foreach (byte value in text)
        {
            if (value is > 0x20 and < 0x7F and not (byte)'\\') WriteByte(value);
            else Encoding.ASCII.GetBytes($"\\x{value:x2}", _line);
        }
    }

    private void WriteByte(byte value)
    {
        _line.GetSpan(1)[0] = value;
        _line.Advance(1);
    }
}
