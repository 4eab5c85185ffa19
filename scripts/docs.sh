#!/usr/bin/env bash
# Writes what is generated in docs/: the reference of the commands with what examples print, and the outputs of the notebooks. With --site also the site,
# in build-docs/.
# Needs the built command (dotnet build src/PythiaOrleans.Cli -c Release), for notebooks python3-nbclient, python3-pandas and
# python3-matplotlib, for the site mkdocs: packages of Debian that test.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
program="src/PythiaOrleans.Cli/bin/Release/net10.0/pythia.dll"
python3 scripts/example-outputs.py --program "$program"
dotnet build src/PythiaOrleans.Cli -c Release -v quiet # the outputs are in the program
dotnet "$program" help --markdown > docs/reference.md.new
mv docs/reference.md.new docs/reference.md
/usr/bin/python3 scripts/run-notebooks.py --program "$program"
if [ "${1:-}" = --site ]; then
    mkdocs build --strict --quiet --site-dir build-docs
    echo "build-docs/index.html"
fi
