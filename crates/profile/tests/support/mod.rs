//! The fixtures made with the reference, and how a profile is held against them.

pub mod compare;
pub mod container;
pub mod values;

use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;

/// One fixture: its description, and the file that the reference made.
pub struct Fixture {
    pub name: String,
    pub json: Json,
    pub bytes: Vec<u8>,
}

impl Fixture {
    /// Whether the description holds the input, so that the profile can be made again.
    pub fn has_input(&self) -> bool {
        self.json["columns"].is_array()
    }

    /// The number under `key`, in ms.
    pub fn millis(&self, key: &str) -> i64 {
        self.json[key].as_i64().unwrap()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../__test__/fixtures/python")
}

/// The fixture of that name.
pub fn fixture(name: &str) -> Fixture {
    let json = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    Fixture {
        name: name.to_owned(),
        json: serde_json::from_str(&json).unwrap(),
        bytes: fs::read(folder().join(format!("{name}.bin"))).unwrap(),
    }
}

/// All fixtures, by name.
pub fn fixtures() -> Vec<Fixture> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 40, "the fixtures are there");
    names.iter().map(|name| fixture(name)).collect()
}

/// A number of an expected table; `null` and the texts for what JSON has no number for.
pub fn number(value: &Json) -> f64 {
    match value {
        Json::Null => f64::NAN,
        Json::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}
