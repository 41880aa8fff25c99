# The package. packaging/install lays it out as it does for other distributions.
{
  lib,
  stdenv,
  rustPlatform,
  pkg-config,
  tpm2-tss,
  sqlite,
  coreutils,
  openssh,
  util-linux,
}:
let
  manifest = builtins.fromTOML (builtins.readFile ../Cargo.toml);
  target = stdenv.hostPlatform.rust.cargoShortTarget;
in
rustPlatform.buildRustPackage {
  pname = "sshtpm";
  inherit (manifest.workspace.package) version;

  src = lib.cleanSource ./..;
  cargoLock.lockFile = ../Cargo.lock;

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    tpm2-tss
    sqlite
  ];

  cargoBuildFlags = map (name: "--package=${name}") [
    "sshtpm-broker"
    "sshtpm-agent"
    "sshtpm-cli"
    "sshtpm-pkcs11"
  ];

  # The tests run dbus-daemon, polkitd and swtpm in namespaces of their own: `make test`.
  doCheck = false;

  # Libraries, and those of the user database, may be anywhere in the store. A generator has the
  # PATH of the service manager.
  installPhase = ''
    runHook preInstall
    BUILT=target/${target}/release \
      PREFIX=$out \
      SBINDIR=$out/bin \
      SYSCONFDIR=$out/etc \
      DBUSDIR=$out/share/dbus-1 \
      POLKITDIR=$out/share/polkit-1 \
      SYSTEMDDIR=$out/lib/systemd \
      SYSUSERSDIR=$out/lib/sysusers.d \
      P11KITDIR=$out/share/p11-kit/modules \
      SSH_AGENT=${openssh}/bin/ssh-agent \
      RM=${coreutils}/bin/rm \
      KILL=${coreutils}/bin/kill \
      LIBRARIES=${builtins.storeDir} \
      sh packaging/install main pkcs11
    sed -i '/^set -eu$/a PATH=${coreutils}/bin:${util-linux}/bin' \
      $out/lib/systemd/user-generators/sshtpm-agent
    runHook postInstall
  '';

  meta = {
    inherit (manifest.workspace.package) description;
    homepage = manifest.workspace.package.repository;
    license = with lib.licenses; [
      mit
      asl20
    ];
    platforms = lib.platforms.linux;
    mainProgram = "sshtpm";
  };
}
