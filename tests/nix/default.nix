# What NixOS makes of nix/module.nix for a configuration: `(import ./. { }).machine { … }`.
{
  lib ? import ./lib.nix,
  package ? "/store/sshtpm",
}:
let
  pkgs = import ./pkgs.nix { inherit lib package; };
  configured =
    more: configuration:
    (lib.evalModules {
      specialArgs = { inherit lib pkgs; };
      modules = [
        ./nixos.nix
        ../../nix/module.nix
        configuration
      ]
      ++ more;
    }).config;
  preservation = {
    options.preservation.preserveAt = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      default = { };
    };
  };
in
{
  inherit lib pkgs;
  machine = configured [ ];
  machineWithPreservation = configured [ preservation ];
  derivation = import ../../nix/package.nix (
    builtins.intersectAttrs (builtins.functionArgs (import ../../nix/package.nix)) pkgs
  );
}
