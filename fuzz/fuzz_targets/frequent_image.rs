#![no_main]

rolling_profiles_fuzz::target!("frequent_image");
