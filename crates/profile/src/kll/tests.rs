use super::*;

#[test]
fn keys_order_doubles() {
    let ascending = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
    assert!(ascending.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
    assert!(ascending.iter().all(|&x| value(key(x)).to_bits() == x.to_bits()));
}
