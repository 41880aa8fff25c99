# Merges what cargo-cyclonedx says of each program into one list of components.
. as $lists
| [$lists[].metadata.component] as $programs
| ($programs | map(.["bom-ref"])) as $known
| $lists[0]
| .metadata.component = {
    type: "application",
    "bom-ref": "sshtpm@\($version)",
    name: "sshtpm",
    version: $version,
    licenses: $programs[0].licenses,
    purl: "pkg:generic/sshtpm@\($version)",
    components: ($programs | map(del(.components)))
  }
| .components = ([$lists[].components[]] | unique_by(.["bom-ref"])
    | map(select(.["bom-ref"] | IN($known[]) | not)))
| .dependencies = ([{ref: "sshtpm@\($version)", dependsOn: ($known | sort)}]
    + ([$lists[].dependencies[]] | group_by(.ref)
        | map({ref: .[0].ref, dependsOn: (map(.dependsOn // []) | add | unique)})))
