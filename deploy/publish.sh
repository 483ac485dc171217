#!/bin/sh
# Publishes Natflow as one folder that needs no .NET on the machine it goes to: deploy/publish.sh DIR [RUNTIME], default linux-x64.
set -eu
output=${1:?usage: publish.sh DIR [RUNTIME]}
runtime=${2:-linux-x64}
root=$(cd "$(dirname "$0")/.." && pwd)
# The lock files are of the framework-dependent build: a runtime adds packages of its own.
dotnet publish "$root/src/Natflow.Cli" -c Release -r "$runtime" --self-contained true \
  -p:RestoreLockedMode=false -p:RestorePackagesWithLockFile=false -p:DebugType=none -p:GenerateDocumentationFile=false \
  --artifacts-path "${NATFLOW_PUBLISH_TEMP:-$root/artifacts/publish}" -o "$output"
"$output/natflow" --version
