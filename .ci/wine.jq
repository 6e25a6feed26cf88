# What a person wants to know of the events of `go test -json` (jq -rs): what went wrong, what skipped itself, how much ran.

def key: "\(.Package) \(.Test)";
def set: map({key: ., value: true}) | from_entries;
def short: sub("^github.com/[^/]+/[^/]+/"; "");

(map(select(.Test != null and (.Action == "pass" or .Action == "skip")) | key) | set) as $fine
| (map(select(.Action == "fail" and .Package != null).Package) | set) as $failed
| (map(select(.Action == "pass" and .Test == null).Package) | set) as $passed
| (map(select(.Action == "output" and .Test != null)) | group_by(key)
    | map({key: (.[0] | key), value: map(.Output | capture("_test.go:[0-9]+: (?<text>[^\n]*)").text) | join(" ")})
    | from_entries) as $said

# The compiler; then, package by package, tests that failed and those that a crash cut off.
| (map(select(.Action == "build-output").Output) | join("") | select(. != "")),
  (map(select(.Action == "output" and $failed[.Package] and ($fine[key] | not))) | group_by(.Package)[] | map(.Output) | join("")),
  "skipped by themselves on Windows:",
  (.[] | select(.Action == "skip" and .Test != null) | "  \(.Package | short) \(.Test): \($said[key])"),
  "passed:",
  (map(select(.Action == "pass" and .Test != null and $passed[.Package])) | group_by(.Package)[] | "  \(.[0].Package | short): \(length) tests")
