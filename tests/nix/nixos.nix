# A stand-in for the options of NixOS that the module sets or reads, with NixOS's defaults.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  list = mkOption {
    type = types.listOf types.anything;
    default = [ ];
  };
  set = mkOption {
    type = types.attrsOf types.anything;
    default = { };
  };
  flag = mkOption {
    type = types.bool;
    default = false;
  };
in
{
  options = {
    assertions = list;
    warnings = list;
    environment.systemPackages = list;
    environment.etc = set;
    programs.ssh.package = mkOption {
      type = types.anything;
      default = "/store/openssh";
    };
    security.tpm2.enable = flag;
    security.polkit.enable = flag;
    services.dbus.packages = list;
    services.openssh.enable = flag;
    services.openssh.startWhenNeeded = flag;
    services.openssh.extraConfig = mkOption {
      type = types.lines;
      default = "";
    };
    services.openssh.hostKeys = mkOption {
      type = types.listOf types.anything;
      default = [ { path = "/etc/ssh/ssh_host_ed25519_key"; } ];
    };
    users.groups = set;
    users.users = mkOption {
      type = types.attrsOf types.anything;
      default = { };
    };
    systemd.packages = list;
    systemd.services = set;
    systemd.sockets = set;
    systemd.user.services = set;
    systemd.user.sockets = set;
    systemd.user.generators = set;
  };

  config.users.users.sshtpm-host.uid = lib.mkDefault null;
}
