#!/bin/sh
# Publishes Natflow as one folder that needs no .NET on the machine it goes to: deploy/publish.sh DIR [RUNTIME], default linux-x64.
set -eu
output=${1:?usage: publish.sh DIR [RUNTIME]}
runtime=${2:-linux-x64}
root=$(cd "$(dirname "$0")/.." && pwd)
# Compiled ahead of time: what an operator asks for the first time (a kick, a takeover) waits for no compiler; what is hot is compiled anew for this very processor.
dotnet publish "$root/src/Natflow.Cli" -c Release -r "$runtime" --self-contained true \
  -p:RestoreLockedMode=false -p:PublishReadyToRun=true -p:DebugType=none -p:GenerateDocumentationFile=false -p:EnforceCodeStyleInBuild=false -p:RunAnalyzers=false \
  --artifacts-path "${NATFLOW_PUBLISH_TEMP:-$root/artifacts/publish}" -o "$output"
"$output/natflow" --version
