{
  description = "SSH keys in the machine's TPM, without giving users the TPM";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      forEach =
        make:
        nixpkgs.lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: make (nixpkgs.legacyPackages.${system}.extend self.overlays.default));
    in
    {
      overlays.default = import ./nix/overlay.nix;

      packages = forEach (pkgs: {
        default = pkgs.sshtpm;
      });

      devShells = forEach (pkgs: {
        default = pkgs.callPackage ./nix/shell.nix { };
      });

      nixosModules.default = ./nix/module.nix;
    };
}
