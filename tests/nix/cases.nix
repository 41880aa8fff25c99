# Sentences about nix/, and whether each holds. The result has those that do not.
{
  lib ? import ./lib.nix,
}:
let
  nixos = import ./. { inherit lib; };
  units = import ./units.nix;
  inherit (builtins) all elem hasAttr;

  plain = nixos.machine { services.sshtpm.enable = true; };
  withKeys =
    hostKeys:
    nixos.machine {
      services.openssh.enable = true;
      services.sshtpm.hostKeys = hostKeys // {
        enable = true;
      };
    };
  host = withKeys { };
  both = withKeys {
    keyTypes = [
      "ecdsa"
      "rsa"
    ];
  };
  whenNeeded = nixos.machine {
    services.openssh.enable = true;
    services.openssh.startWhenNeeded = true;
    services.sshtpm.hostKeys.enable = true;
  };
  persisting = nixos.machineWithPreservation {
    services.openssh.enable = true;
    services.sshtpm.hostKeys.enable = true;
    services.sshtpm.hostKeys.persist.backend = "preservation";
    services.sshtpm.hostKeys.persist.preservationPath = "/keep";
  };

  user = plain.systemd.user;
  hasAll = there: names: names != [ ] && all (name: hasAttr name there) names;
  wants =
    there: wanted: all (unit: (there.${unit.name}.wantedBy or [ ]) == unit.wantedBy) wanted;
  wantsNone = there: unwanted: all (unit: !(there ? ${unit.name}.wantedBy)) unwanted;
  dropIn = machine: machine.environment.etc."ssh/sshd_config.d/50-sshtpm.conf".text;
  lines =
    machine: builtins.filter builtins.isString (builtins.split "\n" (dropIn machine));
  namesKey = line: builtins.match "HostKey .*" line != null;
  hostKeys = machine: builtins.filter namesKey (lines machine);
  refusals = machine: builtins.filter (one: !one.assertion) machine.assertions;
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;

  sentences = {
    "each socket of users is wanted as its unit says" =
      units.userSockets != [ ] && wants user.sockets units.userSockets;
    "each service of users is wanted as its unit says" =
      wants user.services units.userServices;
    "each generator is named" =
      hasAll user.generators units.generators;
    "each group is made" = hasAll plain.users.groups units.groups;
    "each user is made" = hasAll plain.users.users units.users;
    "without host keys no unit of the machine is wanted" =
      wantsNone plain.systemd.sockets units.sockets
      && wantsNone plain.systemd.services units.services;
    "with host keys each unit of the machine is wanted" =
      units.sockets != [ ]
      && units.services != [ ]
      && wants host.systemd.sockets units.sockets
      && wants host.systemd.services units.services;
    "the package brings units, bus and commands" =
      all (packages: map toString packages == [ "${plain.services.sshtpm.package}" ]) [
        plain.systemd.packages
        plain.services.dbus.packages
        plain.environment.systemPackages
      ];
    "TPM and polkit are on" = plain.security.tpm2.enable && plain.security.polkit.enable;
    "a machine without the module has nothing of it" =
      (nixos.machine { }).systemd.packages == [ ] && !(nixos.machine { }).security.tpm2.enable;
    "a store elsewhere can be written" =
      (nixos.machine {
        services.sshtpm.enable = true;
        services.sshtpm.settings.state-directory = "/keys";
      }).systemd.services.sshtpm-broker.serviceConfig.ReadWritePaths == [ "/keys" ];

    "host keys take one line" = host.services.sshtpm.enable && refusals host == [ ];
    "sshd reads the drop-in" =
      host.services.openssh.extraConfig == "Include /etc/ssh/sshd_config.d/50-sshtpm.conf\n";
    "the drop-in names agent and keys" =
      elem "HostKeyAgent /run/sshtpm-host/agent.sock" (lines both)
      &&
        hostKeys both == [
          "HostKey /etc/ssh/sshtpm_host_ecdsa_key"
          "HostKey /etc/ssh/sshtpm_host_rsa_key"
        ];
    "the drop-in is a file, not a link" =
      host.environment.etc."ssh/sshd_config.d/50-sshtpm.conf".mode == "0444";
    "sshd does without host key files" = host.services.openssh.hostKeys == [ ];
    "sshd keeps host key files if that is wanted" =
      (withKeys { replaceExisting = false; }).services.openssh.hostKeys != [ ];
    "sshd waits for the keys, even when the system is switched" =
      elem "sshtpm-host-keygen.service" host.systemd.services.sshd.wants
      && elem "sshtpm-host-keygen.service" host.systemd.services.sshd.after;
    "an sshd for each connection waits for the keys" =
      elem "sshtpm-host-keygen.service" whenNeeded.systemd.services."sshd@".after
      && !(whenNeeded.systemd.services ? sshd);
    "sessions keep their agent when the system is switched" =
      !host.systemd.services.sshtpm-host-agent.restartIfChanged;
    "ssh and sshd are in the PATH of the unit that makes keys" =
      host.systemd.services.sshtpm-host-keygen.path == [ host.programs.ssh.package ];
    "host keys without sshd are refused" =
      builtins.length (refusals (nixos.machine { services.sshtpm.hostKeys.enable = true; })) == 1;
    "host keys without a type are refused" =
      builtins.length (refusals (withKeys {
        keyTypes = [ ];
      })) == 1;
    "a type that no TPM knows is refused" =
      fails (withKeys { keyTypes = [ "dsa" ]; }).services.sshtpm.hostKeys.keyTypes;
    "preservation keeps the store" =
      map (one: one.directory) persisting.preservation.preserveAt."/keep".directories == [
        "/var/lib/sshtpm"
      ];
    "preservation without its module is refused" =
      builtins.length (refusals (withKeys {
        persist.backend = "preservation";
      })) == 1;
    "preservation warns of a uid that may change" = builtins.length persisting.warnings == 1;
    "files that come back are warned of" =
      builtins.length
        (nixos.machine {
          services.openssh.enable = true;
          services.openssh.hostKeys = [ { path = "/etc/ssh/mine"; } ];
          services.sshtpm.hostKeys.enable = true;
        }).warnings == 1;

    "the PKCS #11 module is registered if that is wanted" =
      (nixos.machine {
        services.sshtpm.enable = true;
        services.sshtpm.pkcs11.enable = true;
      }).environment.etc ? "pkcs11/modules/sshtpm.module"
      && !(plain.environment.etc ? "pkcs11/modules/sshtpm.module");

    "the package has the version of the workspace" =
      builtins.match "[0-9]+\\.[0-9]+\\.[0-9]+" nixos.derivation.version != null;
    "the flake gives package, overlay, module and shell" =
      let
        flake = (import ../../flake.nix).outputs {
          self = flake;
          nixpkgs = {
            inherit lib;
            legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (_: {
              extend = overlay: nixos.pkgs // overlay nixos.pkgs { };
            });
          };
        };
      in
      flake ? packages.x86_64-linux.default
      && flake.packages.x86_64-linux.default.name == "sshtpm"
      && flake ? devShells.aarch64-linux.default
      && flake.nixosModules.default == ../../nix/module.nix;
  };
in
builtins.filter (sentence: !sentences.${sentence}) (builtins.attrNames sentences)
