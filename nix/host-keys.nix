# `services.sshtpm.hostKeys`: sshd's host keys in the TPM.
#
# sshd's configuration is part of the system here. `sshtpm host-keys ensure` makes the keys and the
# public key files before sshd starts, and leaves the drop-in alone, because it says what it would
# write.
{
  config,
  options,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.sshtpm;
  keys = cfg.hostKeys;
  persists = keys.persist.backend == "preservation";
  dropIn = "/etc/ssh/sshd_config.d/50-sshtpm.conf";
  keygen = "sshtpm-host-keygen.service";
  socket = "sshtpm-host-agent.socket";

  # The text that `sshtpm host-keys enable` writes: its head, and a line for each key.
  text = lib.concatStrings (
    [
      (builtins.readFile ../frontend/cli/data/sshd-drop-in.conf)
      "HostKeyAgent /run/sshtpm-host/agent.sock\n"
    ]
    ++ map (type: "HostKey /etc/ssh/sshtpm_host_${type}_key\n") keys.keyTypes
  );

  sshd = {
    wants = [
      keygen
      socket
    ];
    after = [
      keygen
      socket
    ];
  };
in
{
  options.services.sshtpm.hostKeys = {
    enable = lib.mkEnableOption "host keys of sshd in the TPM, which replace those in files";

    keyTypes = lib.mkOption {
      type = lib.types.listOf (
        lib.types.enum [
          "ecdsa"
          "rsa"
          "ed25519"
        ]
      );
      default = [ "ecdsa" ];
      description = ''
        Types of the keys. No TPM signs with `ed25519`: the TPM seals such a key, and the broker
        signs with it. Add further types at the end.
      '';
    };

    replaceExisting = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether sshd does without the host key files of {option}`services.openssh.hostKeys`. Those
        in {file}`/etc/ssh` are renamed to {file}`NAME.before-sshtpm`. With `false`, sshd has them
        beside the keys in the TPM, and still starts if the TPM does not work.
      '';
    };

    derived = lib.mkOption {
      type = lib.types.enum [
        "no"
        "owner"
        "endorsement"
      ];
      default = "no";
      description = ''
        From which seed of the TPM the keys are derived, so that an empty disk gets the same ones
        again: see `derived` in {manpage}`sshtpm-host-keys.toml(5)`.
      '';
    };

    persist.backend = lib.mkOption {
      type = lib.types.enum [
        "none"
        "preservation"
      ];
      default = "none";
      description = "What keeps the keys if the root file system is reset at each boot.";
    };

    persist.preservationPath = lib.mkOption {
      type = lib.types.str;
      default = "/persist";
      description = "Where preservation keeps what outlives a boot.";
    };
  };

  config = lib.mkIf keys.enable (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = keys.keyTypes != [ ];
            message = "services.sshtpm.hostKeys.keyTypes is empty: name a type, such as \"ecdsa\".";
          }
          {
            assertion = config.services.openssh.enable;
            message = "services.sshtpm.hostKeys needs sshd: set services.openssh.enable.";
          }
          {
            assertion = persists -> options ? preservation;
            message = ''
              services.sshtpm.hostKeys.persist.backend is "preservation", and that module is not
              there: import it, see https://github.com/nix-community/preservation.
            '';
          }
        ];
        warnings =
          lib.optional (keys.replaceExisting && config.services.openssh.hostKeys != [ ]) ''
            services.openssh.hostKeys names files, and services.sshtpm.hostKeys puts host key files
            of /etc/ssh away. Remove the former, or set services.sshtpm.hostKeys.replaceExisting to
            false.
          ''
          ++ lib.optional (persists && config.users.users.sshtpm-host.uid == null) ''
            The keys in the TPM belong to the uid of sshtpm-host. Set users.users.sshtpm-host.uid,
            or keep /var/lib/nixos, so that it stays the same.
          '';

        services.sshtpm.enable = lib.mkDefault true;
        services.openssh.hostKeys = lib.mkIf keys.replaceExisting (lib.mkDefault [ ]);
        # The first HostKeyAgent counts, and nothing may come to stand in a Match block.
        services.openssh.extraConfig = lib.mkOrder 0 "Include ${dropIn}\n";

        environment.etc."sshtpm/host-keys.toml".source =
          (pkgs.formats.toml { }).generate "host-keys.toml"
            {
              types = keys.keyTypes;
              replace-existing = keys.replaceExisting;
              inherit (keys) derived;
            };
        # `ensure` takes a file, not a link.
        environment.etc."ssh/sshd_config.d/50-sshtpm.conf" = {
          inherit text;
          mode = "0444";
        };

        systemd.sockets.sshtpm-host-agent.wantedBy = [ "sockets.target" ];
        # sshd keeps a connection to its agent for each session.
        systemd.services.sshtpm-host-agent.restartIfChanged = false;
        systemd.services.sshtpm-host-keygen = {
          wantedBy = [ "multi-user.target" ];
          path = [ config.programs.ssh.package ];
          restartTriggers = [ config.environment.etc."sshtpm/host-keys.toml".source ];
        };
        # A switch restarts sshd before it starts what is new, so sshd wants the keys itself.
        systemd.services.sshd = lib.mkIf (!config.services.openssh.startWhenNeeded) (
          sshd // { restartTriggers = [ text ]; }
        );
        systemd.services."sshd@" = lib.mkIf config.services.openssh.startWhenNeeded sshd;
      }

      (lib.optionalAttrs (options ? preservation) {
        preservation.preserveAt = lib.mkIf persists {
          ${keys.persist.preservationPath}.directories = [
            {
              directory = "/var/lib/sshtpm";
              mode = "0700";
            }
          ];
        };
      })
    ]
  );
}
