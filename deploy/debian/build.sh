#!/bin/sh
# Builds natflow_VERSION_ARCH.deb: deploy/debian/build.sh PUBLISHED OUTPUT, where PUBLISHED is a folder made by deploy/publish.sh.
# Needs dpkg-deb and nothing of debhelper.
set -eu
published=${1:?usage: build.sh PUBLISHED OUTPUT}
output=${2:?usage: build.sh PUBLISHED OUTPUT}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
architecture=${NATFLOW_ARCHITECTURE:-$(dpkg --print-architecture)}
version=${NATFLOW_VERSION:-$("$published/natflow" --version | cut -d+ -f1)}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

umask 022
mkdir -p "$tree/DEBIAN" "$tree/usr/lib/natflow" "$tree/usr/bin" "$tree/etc/natflow" "$tree/lib/systemd/system" \
  "$tree/usr/share/man/man1" "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions" \
  "$tree/usr/share/fish/vendor_completions.d" "$tree/usr/share/doc/natflow"
cp -R "$published/." "$tree/usr/lib/natflow/"
ln -s ../lib/natflow/natflow "$tree/usr/bin/natflow"
cp "$root/deploy/systemd/natflow.service" "$tree/lib/systemd/system/"
cp "$root/deploy/natflow.conf" "$tree/etc/natflow/natflow.conf"
cp "$root/hocon/reference.conf" "$root/deploy/UPGRADE.md" "$tree/usr/share/doc/natflow/"
cp "$root/src/LICENSE" "$tree/usr/share/doc/natflow/copyright"
"$published/natflow" manual | gzip -9n > "$tree/usr/share/man/man1/natflow.1.gz"
"$published/natflow" completion bash > "$tree/usr/share/bash-completion/completions/natflow"
"$published/natflow" completion zsh > "$tree/usr/share/zsh/vendor-completions/_natflow"
"$published/natflow" completion fish > "$tree/usr/share/fish/vendor_completions.d/natflow.fish"
chmod 644 "$tree/etc/natflow/natflow.conf"

cat > "$tree/DEBIAN/control" <<EOF
Package: natflow
Version: $version
Section: net
Priority: optional
Architecture: $architecture
Depends: libc6 (>= 2.31), libgcc-s1, libstdc++6, passwd
Recommends: iproute2, ethtool
Maintainer: Natflow developers <natflow@localhost>
Installed-Size: $(du -sk "$tree" | cut -f1)
Description: NAT gateway for Linux
 Translates for many subscribers behind few public addresses, with port blocks,
 limits, offload of established flows, an HTTP API and a web page.
EOF
echo /etc/natflow/natflow.conf > "$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
  install -m 755 "$here/$script" "$tree/DEBIAN/$script"
done
mkdir -p "$output"
dpkg-deb --root-owner-group --build "$tree" "$output/natflow_${version}_${architecture}.deb"
