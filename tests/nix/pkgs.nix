# A stand-in for nixpkgs: packages are paths, and what would be built is kept as the script that
# would build it. `package` is where the package of sshtpm is.
{ lib, package }:
let
  line = values: name: "${name} = ${builtins.toJSON values.${name}}\n";
  table = values: names: lib.concatStrings (map (line values) names);
  toml =
    values:
    let
      isTable = name: builtins.isAttrs values.${name};
      all = builtins.partition isTable (builtins.attrNames values);
      ofTable = name: "[${name}]\n${table values.${name} (builtins.attrNames values.${name})}";
    in
    table values all.wrong + lib.concatStrings (map ofTable all.right);
  program = name: "/store/${name}";
  pkgs = {
    inherit lib;
    stdenv.hostPlatform.rust.cargoShortTarget = "TARGET";
    rustPlatform.buildRustPackage = package: package;
    pkg-config = program "pkg-config";
    tpm2-tss = program "tpm2-tss";
    sqlite = program "sqlite";
    coreutils = program "coreutils";
    openssh = program "openssh";
    util-linux = program "util-linux";
    callPackage = _: _: {
      type = "derivation";
      name = "sshtpm";
      outPath = package;
    };
    formats.toml = _: {
      type = lib.types.anything;
      generate = name: values: {
        outPath = "$TOML/${name}";
        text = toml values;
      };
    };
    runCommand = name: _: script: {
      outPath = "/store/${name}";
      inherit script;
    };
  };
in
pkgs
