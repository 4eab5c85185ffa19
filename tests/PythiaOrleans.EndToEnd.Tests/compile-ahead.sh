# Compiles one assembly ahead: compile-ahead.sh CROSSGEN FOLDER ASSEMBLY. FOLDER holds references.rsp and takes the result.
set -e
name=$(basename "$3")
if [ "$2$name" -nt "$3" ] && [ "$2$name" -nt "$2references.rsp" ]; then exit 0; fi
mkdir -p "$2draft"
"$1" "$3" -o:"$2draft/$name" @"$2references.rsp" -O --parallelism:1
mv "$2draft/$name" "$2$name"
