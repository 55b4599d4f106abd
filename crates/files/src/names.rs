//! Names of columns, of which a file may have one twice.

use std::collections::HashSet;

/// A name that none before has: the second `price` is `price_2`.
pub(crate) fn own_name(name: &str, names: &mut HashSet<String>) -> String {
    let mut own = name.to_owned();
    let mut count = 2_u64;
    while !names.insert(own.clone()) {
        own = format!("{name}_{count}");
        count += 1;
    }
    own
}
