//! Names the shared library for those who link with it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Programs ask for this name at run time: it changes with the ABI, not with every version.
    let linux = std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    if linux {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,librefundry.so.0");
    }
}
