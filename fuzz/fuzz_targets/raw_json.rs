#![no_main]

rolling_profiles_fuzz::target!("raw_json");
