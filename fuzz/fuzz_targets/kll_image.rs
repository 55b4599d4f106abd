#![no_main]

rolling_profiles_fuzz::target!("kll_image");
