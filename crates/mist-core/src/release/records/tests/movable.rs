//! A swap back and a rollback: which records move, and which refuse them.

use super::*;

#[test]
fn a_swap_back_moves_what_points_to_an_environment_and_skips_the_rest() {
    let weighted = RecordSet { feature: Some("is weighted"), ..set("A", "eu.mist.test", B) };
    let sets = [
        set("A", "mist.test", B),
        set("AAAA", "mist.test", B),
        set("HTTPS", "mist.test", B),
        set("CNAME", "shop.mist.test", A),
        set("CNAME", "cdn.mist.test", "cdn.example.com"),
        set("CNAME", "m.mist.test", "mist.test"),
        weighted,
    ];
    let also = ["shop", "cdn", "m", "eu", "gone"].map(|name| format!("{name}.mist.test"));
    let names = apex(&also.each_ref().map(String::as_str));
    let listing = Listing { sets: sets.to_vec(), complete: true };
    let records = StackRecords::read_movable(&names, [A, B], listing).unwrap();
    let moved: Vec<_> = records.own.iter().map(|own| own.record.which.to_string()).collect();
    assert_eq!(moved, ["A `mist.test`", "AAAA `mist.test`", "CNAME `shop.mist.test`"]);
    assert_eq!(
        records.skipped,
        [
            format!("mist cannot move HTTPS `mist.test` to `{B}`: it has type HTTPS"),
            "CNAME `cdn.mist.test` to `cdn.example.com` points to neither environment".to_owned(),
            format!("mist cannot move A `eu.mist.test` to `{B}`: it is weighted"),
            "`gone.mist.test` has no record".to_owned(),
        ]
    );
}

#[test]
fn a_swap_back_is_refused_if_the_domain_points_elsewhere_or_nothing_can_move() {
    let movable = |sets: &[RecordSet]| {
        let listing = Listing { sets: sets.to_vec(), complete: true };
        refused(StackRecords::read_movable(&apex(&["www.mist.test"]), [A, B], listing))
    };
    let www = set("CNAME", "www.mist.test", B);
    for target in ["elsewhere.example.com", "192.0.2.1"] {
        let found = movable(&[set("A", "mist.test", target), www.clone()]);
        assert!(found.starts_with("Mist.RecordElsewhere: record `mist.test`"), "{found}");
    }
    assert!(movable(&[]).starts_with("Mist.RecordMissing: "));
    let weighted = RecordSet { feature: Some("is weighted"), ..set("A", "mist.test", B) };
    assert!(movable(&[weighted]).starts_with("Mist.UnsupportedRecord: "));
}
