//! Link settings that an addon needs.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // A worker thread of Node that ends unloads its addons; threads of writers that hang may outlive it.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
