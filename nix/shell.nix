# What a developer needs besides Debian's programs of the tests, which `make test` wants.
{
  mkShell,
  sshtpm,
  cargo-deny,
  clippy,
  rustfmt,
  rust-analyzer,
  shellcheck,
  swtpm,
  tpm2-tools,
}:
mkShell {
  inputsFrom = [ sshtpm ];
  packages = [
    cargo-deny
    clippy
    rustfmt
    rust-analyzer
    shellcheck
    swtpm
    tpm2-tools
  ];
}
