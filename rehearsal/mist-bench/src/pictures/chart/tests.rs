//! Tests of the picture: everything has a place in it.

use super::{
    layout::{ANSWERS, BELOW, GAP, STEP},
    *,
};
use crate::pictures::{
    style::short,
    timeline::{Bin, Conditions, Counts, Span},
};

fn timeline(failed: u32) -> Timeline {
    let step = |state: &str, from, until| Span { state: state.to_owned(), from, until };
    let bin = |from, old, new, failed| Bin { from, counts: Counts { old, new, failed } };
    Timeline {
        conditions: Conditions {
            versions: ["v1", "v2"].map(str::to_owned),
            time_scale: 6.0,
            ..Conditions::default()
        },
        steps: vec![step("Deploy", -1.9, -1.8), step("Swap", -1.8, -1.5)],
        bins: vec![bin(-2.0, 10, 0, 0), bin(-1.75, 4, 6, failed), bin(-1.5, 0, 10, 0)],
    }
}

#[test]
fn everything_is_within_the_picture() {
    let layout = Layout::of(&timeline(0));
    let bottom = STEPS + 2.0 * STEP + GAP + ANSWERS;
    assert_eq!((layout.bottom(), layout.height), (bottom, bottom + BELOW));
    assert_eq!((layout.time.at(-2.0), layout.time.at(-1.25)), (LEFT, RIGHT));
    assert!(layout.answers.at(10.0) > bottom - ANSWERS);
}

#[test]
fn failures_are_drawn_only_if_there_are_any() {
    let path = r#"class="failed" d="#;
    let [none, some] = [0, 1].map(|failed| draw(&timeline(failed)).to_string());
    assert!(!none.contains(path) && none.contains("0 of 30 requests failed"), "{none}");
    assert!(some.contains(path) && some.contains("1 of 31 requests failed"), "{some}");
    assert!(none.contains("failed: 0") && some.contains("failed: 1"));
}

#[test]
fn the_line_of_the_swap_goes_through_the_answers() {
    let layout = Layout::of(&timeline(0));
    let drawn = steps::switch(&timeline(0), layout).to_string();
    let x = short(layout.time.at(-1.5));
    assert!(drawn.contains(&format!(r#"x1="{x}""#)), "{drawn}");
    assert!(drawn.contains(&format!(r#"y2="{}""#, layout.bottom())), "{drawn}");
    let without = Timeline { steps: Vec::new(), ..timeline(0) };
    assert!(!steps::switch(&without, layout).to_string().contains("line"));
}

#[test]
fn a_duration_is_where_it_has_space() {
    assert_eq!(steps::beside(200.0, 300.0), (306.0, ""));
    assert_eq!(steps::beside(800.0, RIGHT - 4.0), (794.0, " end"));
}
