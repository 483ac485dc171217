#!/bin/sh
# l7truth.sh - precision and recall of `natflow replay --observe --url-log` against lists of what captures hold.
#
# usage: l7truth.sh NATFLOW PCAP-FOLDER TRUTH-FOLDER [REPORT]
#
# For each PCAP-FOLDER/F with a TRUTH-FOLDER/F.tsv: a row whose kind is bare is required, one whose kind has a suffix (@...) is optional, any other
# row is wrong. Rows of http and dns count as often as they stand; tls and quic once. IPv6 addresses are compared as addresses, for both sides write
# them by RFC 5952. Kinds that are not http, tls, quic or dns are left out. REPORT receives each difference.
set -eu
LC_ALL=C; export LC_ALL
[ $# -ge 3 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
natflow=$1 pcap=$2 truth=$3 report=${4:-/dev/null}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT INT TERM

(cd "$pcap" && find . -type f ! -name '*.md') | sed 's,^\./,,' | sort | while read -r f; do
	[ -f "$truth/$f.tsv" ] || continue
	"$natflow" replay "$pcap/$f" --observe --url-log "$work/rows" >/dev/null 2>&1 || true
	[ -f "$work/rows" ] || : >"$work/rows"
	awk -F'\t' -v OFS='\t' -v f="$f" '
	part == 1 {
		n = split($1, k, "@"); row = k[1] substr($0, length($1) + 1)
		if (n > 1) optional[row] = 1; else required[row]++
		next
	}
	{ found[$0]++ }
	END {
		for (r in required) all[r]
		for (r in found) all[r]
		for (r in all) {
			kind = r; sub(/\t.*/, "", kind)
			if (kind !~ /^(http|tls|quic|dns)$/) continue
			w = required[r] + 0; h = found[r] + 0
			if (kind == "tls" || kind == "quic") { w = w > 0; h = h > 0 }
			print kind, (w < h ? w : h), (w > h ? w - h : 0), (r in optional || h <= w ? 0 : h - w), f, r
		}
	}' part=1 "$truth/$f.tsv" part=2 "$work/rows"
	rm -f "$work/rows"
done >"$work/all"

awk -F'\t' '$3 > 0 { print "missing " $3 " x " $0 } $4 > 0 { print "wrong " $4 " x " $0 }' "$work/all" >"$report"
awk -F'\t' '
{ right[$1] += $2; missing[$1] += $3; wrong[$1] += $4 }
END {
	split("http tls quic dns", kinds, " ")
	for (i = 1; i <= 4; i++) {
		k = kinds[i]; r = right[k] + 0; m = missing[k] + 0; w = wrong[k] + 0
		printf "%-5s %5d right %4d missing %4d wrong   recall %.2f %%   precision %.2f %%\n", k, r, m, w, r + m ? 100 * r / (r + m) : 100, r + w ? 100 * r / (r + w) : 100
		if (k != "quic" && (r < 0.99 * (r + m) || r < 0.99 * (r + w)) || r < 0.98 * (r + m)) bad = 1
	}
	exit bad
}' "$work/all"
