#!/bin/sh
# Compiles the BPF objects that are committed beside their sources. Needs clang and libbpf-dev (Debian).
# build.sh FOLDER [OUT] : compiles FOLDER/*.bpf.c, writes OUT/*.bpf.o and OUT/compiler.txt; OUT is FOLDER by default.
# The same compiler and the same headers give the same bytes, wherever the repository lies.
set -eu
shared=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${2:-$1}" && pwd)
cd "$1"
for source in *.bpf.c; do
  object=$out/${source%.c}.o
  "${CLANG:-clang}" -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-address-of-packed-member \
    -fdebug-prefix-map="$(pwd)"=. -ffile-prefix-map="$(pwd)"=. -fdebug-compilation-dir=. \
    -fdebug-prefix-map="$shared"=shared -ffile-prefix-map="$shared"=shared \
    -I"$shared" -I"/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"
  # Names and types for the verifier's messages stay (BTF); DWARF would triple the size.
  "${LLVM_STRIP:-llvm-strip}" -g "$object"
done
{
  "${CLANG:-clang}" --version | head -n 1
  sha256sum *.bpf.c
  find . -name '*.h' -exec sha256sum {} +
  cd "$shared" && sha256sum *.h build.sh
} > "$out/compiler.txt"
