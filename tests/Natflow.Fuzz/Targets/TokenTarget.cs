using System.Text;
using Natflow.Management.Api.Access;

namespace Natflow.Fuzz.Targets;

/// <summary>Lines of the token file.</summary>
internal sealed class TokenTarget : FuzzTarget
{
    public override string Name => "token";

    public override int InputBytesMax => 256;

    public override IEnumerable<byte[]> Seeds() =>
    [
        Encoding.ASCII.GetBytes(ApiToken.LineOf("anna", ApiRole.Admin, "nf_x")),
        Encoding.ASCII.GetBytes(ApiToken.LineOf("b.c-d", ApiRole.Viewer, "nf_y")),
        "name auditor 00"u8.ToArray(),
        "name king 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        bool isToken = ApiToken.TryParse(Encoding.UTF8.GetString(input), out ApiToken? token, out string? error);
        if (isToken == (token is null) || isToken == (error is not null)) throw new InvalidOperationException("a token with an error, or neither");
        outcome.Add((int)(token?.Role ?? ApiRole.None));
        outcome.AddSize(error?.Length ?? 0);
        return outcome.Value;
    }
}
