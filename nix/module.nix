# The NixOS module: the broker, D-Bus, polkit and the sockets of users' agents.
#
# Units come from the package, which has those of systemd/. Here they are only wanted, and get the
# PATH that NixOS gives to services.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.sshtpm;
  toml = pkgs.formats.toml { };
  settings = toml.generate "broker.toml" cfg.settings;

  # The broker refuses a file of a user other than root and itself, and the builder is neither, so
  # it checks a copy of its own.
  checked = pkgs.runCommand "broker.toml" { } ''
    cp ${settings} $out
    ${cfg.package}/bin/sshtpm-broker --check-config --config $out
  '';

  state = cfg.settings.state-directory or "/var/lib/sshtpm";
in
{
  imports = [
    ./host-keys.nix
    ./pkcs11.nix
  ];

  options.services.sshtpm = {
    enable = lib.mkEnableOption "SSH keys in the TPM, for all users of this machine";

    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "the package of this flake";
      description = "The package of sshtpm.";
    };

    settings = lib.mkOption {
      inherit (toml) type;
      default = { };
      example = {
        limits.keys-per-user = 16;
        pins.forget-on-screen-lock = true;
      };
      description = ''
        Content of {file}`/etc/sshtpm/broker.toml`, see {manpage}`sshtpm-broker.toml(5)`. The broker
        checks it when the system is built.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."sshtpm/broker.toml".source = checked;

    security.tpm2.enable = true;
    security.polkit.enable = true;
    services.dbus.packages = [ cfg.package ];

    # As systemd/sysusers.d has them.
    users.groups.tss = { };
    users.groups.sshtpm-host = { };
    users.users.sshtpm-host = {
      isSystemUser = true;
      group = "sshtpm-host";
      description = "SSH host keys in the TPM";
    };

    systemd.packages = [ cfg.package ];
    systemd.services.sshtpm-broker = {
      restartTriggers = [ checked ];
      serviceConfig = lib.mkIf (state != "/var/lib/sshtpm") { ReadWritePaths = [ state ]; };
    };
    # It runs systemctl, which NixOS adds to the PATH of each service that it knows.
    systemd.user.services.sshtpm-dialler.path = [ config.programs.ssh.package ];
    systemd.user.sockets.sshtpm-agent.wantedBy = [ "sockets.target" ];
    systemd.user.sockets.sshtpm-askpass.wantedBy = [ "sockets.target" ];
    systemd.user.sockets.sshtpm-dialler.wantedBy = [ "sockets.target" ];
    systemd.user.generators.sshtpm-agent =
      "${cfg.package}/lib/systemd/user-generators/sshtpm-agent";
  };
}
