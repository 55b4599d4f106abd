#![no_main]

rolling_profiles_fuzz::target!("csv");
