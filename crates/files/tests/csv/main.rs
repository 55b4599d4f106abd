//! CSV in parcels: what counts and what is complained of, whatever the parcels and workers.

mod cases;
mod model;
mod random;
mod support;
