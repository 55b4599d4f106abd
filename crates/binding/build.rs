//! Link settings that an addon needs.

fn main() {
    napi_build::setup();
}
