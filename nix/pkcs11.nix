# `services.sshtpm.pkcs11`: programs that use p11-kit find keys that were made for them.
{
  config,
  lib,
  ...
}:
let
  cfg = config.services.sshtpm;
in
{
  options.services.sshtpm.pkcs11.enable = lib.mkEnableOption "sshtpm's PKCS #11 module for p11-kit";

  # The directory of p11-kit's own package is read-only; it reads this one, too.
  config = lib.mkIf (cfg.enable && cfg.pkcs11.enable) {
    environment.etc."pkcs11/modules/sshtpm.module".source =
      "${cfg.package}/share/p11-kit/modules/sshtpm.module";
  };
}
