# `pkgs.sshtpm`.
final: _: {
  sshtpm = final.callPackage ./package.nix { };
}
