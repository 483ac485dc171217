using Natflow.Portal.Logins;

namespace Natflow.Portal.Tests;

/// <summary>What <c>natflow portal</c> writes is what the portal reads.</summary>
public sealed class CredentialFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-names-").FullName;

    [Fact]
    public void KeepUser_NameThatIsThere_IsReplacedAndTheRestStays()
    {
        string path = Path.Combine(_directory, "users");
        Assert.False(CredentialFiles.KeepUser(path, Line("alice", "first")));
        File.AppendAllText(path, "# of the office\n");
        Assert.False(CredentialFiles.KeepUser(path, Line("bob", "other")));
        Assert.True(CredentialFiles.KeepUser(path, Line("alice", "second")));
        Assert.Equal(["alice", "#", "bob"], File.ReadLines(path).Select(static line => line.Split(' ')[0]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(path));
        var list = new UserList(path, static _ => { });
        Assert.Empty(list.Open());
        Assert.True(list.TryCheck("alice", "second", out _));
        Assert.False(list.TryCheck("alice", "first", out _));
        Assert.True(list.TryCheck("bob", "other", out _));
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Line(string name, string password)
    {
        Assert.Null(CredentialFiles.TryUserLine(name, password, [], out string line));
        return line;
    }
}
