#!/bin/sh
# l7truth.sh - precision and recall of `natflow replay --observe --url-log` against lists of what captures hold.
#
# usage: l7truth.sh NATFLOW PCAP-FOLDER TRUTH-FOLDER
#
# For each PCAP-FOLDER/F with a TRUTH-FOLDER/F.tsv: a row whose kind is bare is required, one whose kind has a suffix (@...) is optional, any other
# row is wrong. Rows of http and dns count as often as they stand; tls and quic once. IPv6 addresses are compared as addresses, for both sides write
# them by RFC 5952. Kinds that are not http, tls, quic or dns are left out. Each remaining difference is printed with its reason from
# l7differences.tsv beside this script. Exit code 0 when recall and precision are at least 99 % (quic: recall 98 %) and each difference has a reason.
set -eu
LC_ALL=C; export LC_ALL
[ $# -eq 3 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
here=$(dirname "$0")
natflow=$(command -v "$1") || { echo "l7truth: $1: no such program" >&2; exit 2; }
case $natflow in /*) ;; *) natflow=$PWD/$natflow ;; esac
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT INT TERM

cat >"$work/one" <<'END'
f=$1; rows=$work/rows.$$
"$natflow" replay "$pcap/$f" --observe --url-log "$rows" >/dev/null 2>&1 || true
[ -f "$rows" ] || : >"$rows"
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
}' part=1 "$truth/$f.tsv" part=2 "$rows" >"$work/out.$$"
rm -f "$rows"
END
pcap=$(cd "$2" && pwd); truth=$(cd "$3" && pwd); export pcap truth natflow work
(cd "$truth" && find . -type f -name '*.tsv' ! -name '*.published.tsv') | sed 's,^\./,,; s,\.tsv$,,' | sort | while read -r f; do
	[ ! -f "$pcap/$f" ] || printf '%s\0' "$f"
done >"$work/list"
[ -s "$work/list" ] || { echo "l7truth: no capture of $2 has a list in $3" >&2; exit 2; }
xargs -0 -n 1 -P "$(nproc)" sh "$work/one" <"$work/list"
cat "$work"/out.* | sort -t'	' -k5,5 -k6 >"$work/all"

awk -F'\t' '
FNR == NR { if ($0 !~ /^#/) reason[$1] = $2; next }
{ right[$1] += $2; missing[$1] += $3; wrong[$1] += $4 }
$3 > 0 || $4 > 0 {
	row = $6; for (i = 7; i <= NF; i++) row = row " " $i
	known = $3 == 0 && $5 in reason
	if (!known) bad = 1
	printf "%s: %s %d x %s (%s)\n", $5, ($3 > 0 ? "missing" : "wrong"), $3 + $4, row, (known ? reason[$5] : "not explained")
}
END {
	split("http tls quic dns", kinds, " ")
	for (i = 1; i <= 4; i++) {
		k = kinds[i]; r = right[k] + 0; m = missing[k] + 0; w = wrong[k] + 0
		printf "%-5s %5d right %4d missing %4d wrong   recall %.2f %%   precision %.2f %%\n", k, r, m, w, r + m ? 100 * r / (r + m) : 100, r + w ? 100 * r / (r + w) : 100
		if (k != "quic" && (r < 0.99 * (r + m) || r < 0.99 * (r + w)) || r < 0.98 * (r + m)) bad = 1
	}
	exit bad
}' "$here/l7differences.tsv" "$work/all"
