//! Links the module so that it stays in memory once it was loaded: a thread may be inside when
//! another one calls `dlclose`.

fn main() {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rerun-if-changed=build.rs");
}
