using System.Text;
using Natflow.Policy.Acl;

namespace Natflow.Policy.Control;

/// <summary>The language of <c>hostacl_ctl</c>.</summary>
public static class AclControl
{
    private const int OriginalSlotMax = 31;

    private static readonly string[] Words = ["accept", "drop", "reset", "redirect"];

    /// <summary>Applies a line.</summary>
    /// <param name="model">The model before it.</param>
    /// <param name="line">One line without its newline.</param>
    public static ControlStep<AclModel> Apply(AclModel model, string line)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (LineText.IsSilent(line))
            return new(model, ControlResult.Taken);
        if (LineText.TryRest(line, "clear", out _))
            return new(model with { Entries = [] }, ControlResult.Taken);
        if (LineText.TryRest(line, "acl_action_default=", out string rest))
            return SetDefault(model, rest);
        if (LineText.TryRest(line, "redirect_url=", out rest))
            return SetUrl(model, rest);
        return LineText.TryRest(line, "add acl=", out rest) ? Add(model, rest) : new(model, LineText.Unknown(line));
    }

    /// <summary>
    /// Prints the model. The original's form ends in its raw rule buffers, where a byte from 0x80 on, kept here as a character of the same number (Latin-1), marks
    /// slot and action; the replayable form has <c>add acl=</c> lines instead.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="format">Which form.</param>
    public static string Dump(AclModel model, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(model);
        var text = new StringBuilder("# Usage:\n#    add acl=<slot>,<0 accept|1 drop|2 reset|3 redirect>,<host>\n#    clear, acl_action_default=<word>, redirect_url=<url>\n#\n");
        if (format == DumpFormat.Replayable)
            text.Append("clear\n");
        text.Append("acl_action_default=").Append(Words[(int)model.DefaultAction]).Append('\n')
            .Append("redirect_url=").Append(model.RedirectUrl).Append("\n\n");
        if (format == DumpFormat.Original)
            return AppendRaw(text, model).ToString();
        foreach (AclEntry entry in model.Entries)
            text.Append(entry).Append('\n');
        return text.ToString();
    }

    private static StringBuilder AppendRaw(StringBuilder text, AclModel model)
    {
        ILookup<byte, AclEntry> slots = model.Entries.ToLookup(static entry => entry.Slot);
        for (byte slot = 0; slot <= OriginalSlotMax; slot++)
        {
            text.Append("\nACL").Append(slot).Append('=');
            foreach (AclEntry entry in slots[slot])
                text.Append((char)(0x80 | ((int)entry.Action << 5) | slot)).Append(entry.Host);
        }

        return text.Append('\n');
    }

    private static ControlStep<AclModel> SetDefault(AclModel model, string rest)
    {
        int action = Array.FindIndex(Words, word => rest.StartsWith(word, StringComparison.Ordinal));
        return action < 0
            ? new(model, ControlResult.Invalid($"'{LineText.Shown(rest)}': accept, drop, reset or redirect was expected"))
            : new(model with { DefaultAction = (AclAction)action }, ControlResult.Taken);
    }

    private static ControlStep<AclModel> SetUrl(AclModel model, string url)
    {
        // It goes into a header of a response: a blank or a control character would end it.
        bool isUrl = url.Length <= AclModel.UrlMax && !url.AsSpan().ContainsAnyExceptInRange('!', '~');
        return isUrl
            ? new(model with { RedirectUrl = url }, ControlResult.Taken)
            : new(model, ControlResult.Ignored($"'{LineText.Shown(url)}': a URL has up to {AclModel.UrlMax} printable ASCII characters and no blank"));
    }

    private static ControlStep<AclModel> Add(AclModel model, string rest)
    {
        string[] parts = rest.Split(',', 3);
        if (parts.Length != 3 || !LineText.TryStrictNumber(parts[0], AclEntry.SlotMax, out uint slot) || !LineText.TryStrictNumber(parts[1], (uint)AclAction.Redirect, out uint action))
            return new(model, ControlResult.Ignored($"'{LineText.Shown(rest)}': expected <slot 0 to {AclEntry.SlotMax}>,<action 0 to 3>,<host>"));
        if (!AclHost.TryNormalise(parts[2], out _))
            return new(model, ControlResult.Ignored($"'{LineText.Shown(parts[2])}' is no host name, so it could never match"));
        return model.Entries.Count >= AclModel.EntryCountMax
            ? new(model, ControlResult.Refused(ControlErrno.NoMemory, $"there are {AclModel.EntryCountMax} host rules already"))
            : new(model with { Entries = model.Entries.Add(new AclEntry((byte)slot, (AclAction)action, parts[2])) }, ControlResult.Taken);
    }
}
