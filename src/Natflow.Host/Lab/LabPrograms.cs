namespace Natflow.Host.Lab;

/// <summary>Programs that the lab starts.</summary>
internal static class LabPrograms
{
    /// <summary>Command line of this very program, as its own first words.</summary>
    internal static IReadOnlyList<string> Natflow { get; } = FindNatflow();

    /// <summary>Command line of the FTP server, or null where it is not installed.</summary>
    /// <param name="folder">Where its files may lie.</param>
    internal static IReadOnlyList<string>? FtpServer(string folder)
    {
        if (LabTool.Find("vsftpd") is not { } program)
            return null;
        string files = Path.Combine(folder, "ftp");
        string upload = Path.Combine(files, "upload");
        string config = Path.Combine(folder, "vsftpd.conf");
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        Directory.CreateDirectory(upload);
        File.WriteAllText(Path.Combine(files, "hello.txt"), "hello by FTP\n");
        // The anonymous user is not root: it may list and read what is here, and write in one place.
        foreach (string directory in new[] { folder, files })
            File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(upload, (UnixFileMode)0b111_111_111);
        File.WriteAllText(config, $"""
            listen_ipv6=YES
            background=NO
            anonymous_enable=YES
            no_anon_password=YES
            local_enable=NO
            anon_root={files}
            write_enable=YES
            anon_upload_enable=YES
            anon_umask=022
            port_enable=YES
            pasv_enable=YES
            connect_from_port_20=YES
            secure_chroot_dir={Path.Combine(folder, "empty")}
            seccomp_sandbox=NO

            """);
        return [program, config];
    }

    /// <summary>Command line of the iperf3 server, or null where it is not installed.</summary>
    internal static IReadOnlyList<string>? Iperf() => LabTool.Find("iperf3") is { } program ? [program, "-s"] : null;

    private static IReadOnlyList<string> FindNatflow()
    {
        // Beside this assembly lie both the program and its library; a host of its own (dotnet, a test runner) runs the library.
        string library = Path.Combine(AppContext.BaseDirectory, "natflow.dll");
        string self = Environment.ProcessPath ?? string.Empty;
        if (Path.GetFileName(self) == "natflow" || !File.Exists(library))
            return [self];
        return [Path.GetFileName(self) == "dotnet" ? self : LabTool.Find("dotnet") ?? "dotnet", library];
    }
}
