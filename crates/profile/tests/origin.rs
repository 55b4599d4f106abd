//! Whose a profile is, which parts it holds, and what is not merged for it.

use rolling_profiles_profile::{MergeError, Owner, Profile, ProfileSettings};

fn profile(dataset: Option<(&str, Option<&str>)>, part: &str) -> Profile {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    let id = profile.column("a");
    profile.column_mut(id).add_integral(&[1]);
    if let Some((dataset, org)) = dataset {
        profile.set_owner(Owner { dataset, org });
        profile.metadata_mut().insert(format!("rp.part.{part}"), "1".to_owned());
    }
    profile
}

#[test]
fn a_profile_says_whose_it_is_also_after_it_was_written_and_read() {
    let made = profile(Some(("orders", Some("acme"))), "r-0001");
    let read = Profile::deserialize(&made.serialize()).unwrap();
    assert_eq!(read.owner(), Some(Owner { dataset: "orders", org: Some("acme") }));
    let expected = [
        ("rp.dataset", "orders"),
        ("rp.org", "acme"),
        ("rp.part.r-0001", "1"),
        ("rp.producer", "rolling-profiles"),
        ("rp.version", env!("CARGO_PKG_VERSION")),
    ];
    let found: Vec<_> = read.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(profile(None, "").owner(), None);
}

#[test]
fn profiles_of_different_owners_are_not_merged() {
    let orders = profile(Some(("orders", None)), "1");
    for other in [("clicks", None), ("orders", Some("acme"))] {
        let other = profile(Some(other), "2");
        for (left, right) in [(&orders, &other), (&other, &orders)] {
            assert!(matches!(left.check_merge(right), Err(MergeError::Owner { .. })));
            let mut forced = left.clone();
            forced.merge(right);
            assert_eq!(forced.owner(), None, "two owners together are none");
            assert_eq!(forced.metadata().get("rp.org"), None);
            assert_eq!(forced.get("a").unwrap().counts().n, 2);
        }
    }
    let same = profile(Some(("orders", None)), "2");
    assert_eq!(orders.check_merge(&same), Ok(()));
}

#[test]
fn what_two_owners_share_is_nobody_s_whatever_is_merged_with_it() {
    let [orders, more] = ["1", "2"].map(|part| profile(Some(("orders", None)), part));
    let clicks = profile(Some(("clicks", Some("acme"))), "3");
    for order in [[&orders, &clicks, &more], [&clicks, &orders, &more], [&orders, &more, &clicks]] {
        let mut forced = order[0].clone();
        forced.merge(order[1]);
        forced = Profile::deserialize(&forced.serialize()).unwrap();
        forced.merge(order[2]);
        assert_eq!(forced.owner(), None);
        let mut turned = order[2].clone();
        turned.merge(&forced);
        assert_eq!(turned.owner(), None);
    }
}

#[test]
fn profiles_that_do_not_say_whose_they_are_merge_with_all() {
    let foreign = profile(None, "");
    let ours = profile(Some(("orders", Some("acme"))), "1");
    for (left, right) in [(&foreign, &ours), (&ours, &foreign), (&foreign, &foreign)] {
        assert_eq!(left.check_merge(right), Ok(()));
    }
    let mut merged = foreign.clone();
    merged.merge(&ours);
    assert_eq!(merged.owner(), ours.owner());
}

#[test]
fn a_part_is_not_counted_twice() {
    let [one, two, three] = ["1", "2", "3"].map(|part| profile(Some(("orders", None)), part));
    assert_eq!(one.check_merge(&one), Err(MergeError::Part { id: "1".into() }));
    let mut both = one.clone();
    both.merge(&two);
    assert_eq!(both.check_merge(&three), Ok(()));
    let mut others = three.clone();
    others.merge(&two);
    assert_eq!(both.check_merge(&others), Err(MergeError::Part { id: "2".into() }));
    let read = Profile::deserialize(&both.serialize()).unwrap();
    assert_eq!(read.check_merge(&two), Err(MergeError::Part { id: "2".into() }));
}

#[test]
fn two_readings_of_one_source_are_not_merged_and_parts_of_one_reading_are() {
    let read = |part: &str, reading: &str| {
        let mut made = profile(Some(("orders", None)), part);
        made.metadata_mut().insert("rp.source.5f".into(), reading.into());
        made
    };
    assert_eq!(read("1", "x orders.csv").check_merge(&read("2", "x orders.csv")), Ok(()));
    let again = read("1", "x orders.csv").check_merge(&read("2", "y orders.csv"));
    assert_eq!(again, Err(MergeError::Source { id: "5f".into(), reading: "y orders.csv".into() }));
}
