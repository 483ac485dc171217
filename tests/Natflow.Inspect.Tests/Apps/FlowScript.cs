using System.Text;
using System.Text.RegularExpressions;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Packets;

namespace Natflow.Inspect.Tests.Apps;

/// <summary>
/// A flow in one line: <c>tcp 40000 22 o 'SSH-2.0-'</c>. Transport, client port, server port; then packets, <c>o</c> for original and <c>r</c> for reply, each
/// with its payload: hex digits, quoted text with <c>\r\n</c>, a byte repeated as <c>00*16</c>.
/// </summary>
internal static class FlowScript
{
    private static readonly AppCatalogue Catalogue = AppCatalogue.LoadBuiltIn(seed: 7);

    /// <summary>What the flow is, application before protocol, <c>-</c> for nothing.</summary>
    internal static string Classify(string script) => Run(script, begins: true, out _);

    /// <summary>The same of a flow that was met after its beginning.</summary>
    internal static string ClassifyLater(string script) => Run(script, begins: false, out _);

    /// <summary>All payloads in their order as digits, each behind its direction; of packets one after another in one direction, as one.</summary>
    internal static string BytesOf(string script)
    {
        var text = new StringBuilder();
        string direction = string.Empty;
        foreach (string word in Words(script).Skip(3))
        {
            if (word is not ("o" or "r")) text.Append(Convert.ToHexStringLower(Bytes(word)));
            else if (word != direction) text.Append(direction = word);
        }

        return text.ToString();
    }

    internal static string Run(string script, bool begins, out AppFlow flow)
    {
        string[] words = Words(script);
        bool isTcp = words[0] == "tcp";
        var classifier = new AppClassifier(Catalogue);
        flow = default;
        if (isTcp && begins)
            classifier.OnPacket(ref flow, new AppPacket { IsTcp = true, ClientPort = ushort.Parse(words[1]), ServerPort = ushort.Parse(words[2]), TcpFlags = TcpFlags.Syn });
        for (int i = 3; i < words.Length;)
        {
            bool isReply = words[i++] == "r";
            var payload = new List<byte>();
            while (i < words.Length && words[i] is not ("o" or "r"))
                payload.AddRange(Bytes(words[i++]));
            classifier.OnPacket(ref flow, new AppPacket
            {
                Payload = payload.ToArray(),
                IsTcp = isTcp,
                IsReply = isReply,
                ClientPort = ushort.Parse(words[1]),
                ServerPort = ushort.Parse(words[2]),
            });
        }

        classifier.Complete(ref flow);
        string app = Catalogue.NameOf(flow.AppId);
        return app != "-" ? app : Catalogue.NameOf((ushort)flow.Protocol);
    }

    private static string[] Words(string script) =>
        [.. Regex.Matches(script, @"'[^']*'|\S+", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(static match => match.Value)];

    private static byte[] Bytes(string word)
    {
        if (word[0] == '\'')
            return Encoding.Latin1.GetBytes(word[1..^1].Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal));
        string[] parts = word.Split('*');
        byte[] bytes = Convert.FromHexString(parts[0]);
        return parts.Length == 1 ? bytes : [.. Enumerable.Repeat(bytes, int.Parse(parts[1])).SelectMany(static part => part)];
    }
}
