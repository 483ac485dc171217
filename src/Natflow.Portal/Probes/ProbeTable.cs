namespace Natflow.Portal.Probes;

/// <summary>Probes of the common systems, all by HTTP on port 80. Seen from the gateway, they are requests like any other: a user who has to log in is sent to the portal.</summary>
public static class ProbeTable
{
    private const string AppleBody = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";

    /// <summary>The table.</summary>
    public static IReadOnlyList<Probe> All { get; } =
    [
        new("Apple iOS, macOS", "captive.apple.com", "/hotspot-detect.html", 200, AppleBody),
        new("Apple, older", "www.apple.com", "/library/test/success.html", 200, AppleBody),
        new("Android", "connectivitycheck.gstatic.com", "/generate_204", 204, ""),
        new("Android, older", "connectivitycheck.android.com", "/generate_204", 204, ""),
        new("Android, older still", "clients3.google.com", "/generate_204", 204, ""),
        new("Android, fallback", "www.google.com", "/gen_204", 204, ""),
        new("Chrome OS", "www.gstatic.com", "/generate_204", 204, ""),
        new("Windows 10 and 11", "www.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"),
        new("Windows 10 and 11, IPv6", "ipv6.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"),
        new("Windows, page", "www.msftconnecttest.com", "/redirect", 200, ""),
        new("Windows 7 and 8", "www.msftncsi.com", "/ncsi.txt", 200, "Microsoft NCSI"),
        new("Firefox", "detectportal.firefox.com", "/success.txt", 200, "success\n"),
        new("Firefox, IPv4", "detectportal.firefox.com", "/success.txt?ipv4", 200, "success\n"),
        new("Firefox, IPv6", "detectportal.firefox.com", "/success.txt?ipv6", 200, "success\n"),
        new("Firefox, page", "detectportal.firefox.com", "/canonical.html", 200, "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"),
        new("GNOME", "nmcheck.gnome.org", "/check_network_status.txt", 200, "NetworkManager is online\n"),
        new("Fedora", "fedoraproject.org", "/static/hotspot.txt", 200, "OK"),
        new("Ubuntu", "connectivity-check.ubuntu.com", "/", 204, ""),
        new("Debian", "network-test.debian.org", "/nm", 200, "NetworkManager is online\n"),
        new("Arch Linux", "ping.archlinux.org", "/nm-check.txt", 200, "NetworkManager is online\n"),
        new("openSUSE", "conncheck.opensuse.org", "/", 200, "NetworkManager is online"),
        new("KDE", "networkcheck.kde.org", "/", 200, "OK\n"),
        new("Samsung", "connectivity.samsung.com.cn", "/generate_204", 204, ""),
        new("Kindle", "spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", 200, "81ce4465-7167-4dcb-835b-dcc9e44c112a"),
        new("Huawei", "connectivitycheck.platform.hicloud.com", "/generate_204", 204, ""),
        new("Xiaomi", "connect.rom.miui.com", "/generate_204", 204, ""),
        new("Vivo", "wifi.vivo.com.cn", "/generate_204", 204, ""),
        new("Oppo, OnePlus", "conn1.oppomobile.com", "/generate_204", 204, ""),
        new("Meizu", "connectivitycheck.meizu.com", "/generate_204", 204, ""),
        new("LineageOS, GrapheneOS", "connectivitycheck.grapheneos.network", "/generate_204", 204, ""),
        new("Nintendo Switch", "ctest.cdn.nintendo.net", "/", 200, "ok"),
        new("Brave", "static1.brave.com", "/generate_204", 204, ""),
    ];

    /// <summary>The probe of a request; null where it is none.</summary>
    /// <param name="host">The name that was asked, without a port.</param>
    /// <param name="path">Path with query.</param>
    public static Probe? Find(string host, string path) =>
        All.FirstOrDefault(probe => probe.Host.Equals(host, StringComparison.OrdinalIgnoreCase) && probe.Path == path);
}
