//! Tests of Auto Scaling groups.

use super::*;

fn group() -> AutoScalingGroup {
    AutoScalingGroup::new("group".to_owned(), &OptionSettings::default())
}

fn sizes(min: Option<usize>, max: Option<usize>, desired: Option<usize>) -> Sizes {
    Sizes { min, max, desired }
}

#[test]
fn bounds_move_the_desired_capacity_along() {
    let mut group = group();
    assert_eq!((group.min, group.max, group.desired), (1, 4, 1));
    assert_eq!(group.resize(sizes(Some(0), Some(0), None)), Ok(()));
    assert_eq!(group.desired, 0);
    assert_eq!(group.resize(sizes(Some(2), Some(4), None)), Ok(()));
    assert_eq!(group.desired, 2);
}

#[test]
fn contradicting_sizes_change_nothing() {
    let mut group = group();
    let before = group.clone();
    let words = |result: Result<(), Contradiction>| result.unwrap_err().to_string();
    assert_eq!(
        words(group.resize(sizes(Some(5), None, None))),
        "Max bound, 4, must be greater than or equal to min bound, 5"
    );
    assert_eq!(
        words(group.resize(sizes(None, None, Some(0)))),
        "Desired capacity:0 must be between the specified min size:1 and max size:4"
    );
    assert_eq!(group, before);
}

#[test]
fn beanstalk_restores_its_own_capacity() {
    let mut group = group();
    group.resize(sizes(Some(0), Some(0), None)).unwrap();
    group.configure(&OptionSettings::default());
    assert_eq!((group.min, group.max, group.desired), (1, 4, 1));
}

#[test]
fn a_scheduled_action_happens_once_and_when_it_is_due() {
    let mut group = group();
    let now = Timestamp::UNIX_EPOCH;
    let action = |start, recurrence: Option<&str>| ScheduledAction {
        start: Some(start),
        recurrence: recurrence.map(str::to_owned),
        sizes: sizes(Some(0), None, Some(0)),
        ..ScheduledAction::default()
    };
    group.scheduled.insert("now".to_owned(), action(now, None));
    group.scheduled.insert("later".to_owned(), action(Timestamp::MAX, None));
    group.scheduled.insert("nightly".to_owned(), action(now, Some("0 20 * * *")));
    group.suspended.insert(Process::ScheduledActions);
    group.follow_schedule(now);
    assert_eq!((group.desired, group.scheduled.len()), (1, 3));
    group.suspended.clear();
    group.follow_schedule(now);
    assert_eq!((group.desired, group.scheduled.len()), (0, 2));
}

#[test]
fn activities_have_causes_and_are_bounded() {
    let mut group = group();
    let now = (Timestamp::UNIX_EPOCH, Moment::default());
    group.explain("Because.".to_owned());
    for _ in 0..2 * KEPT {
        group.launches(String::new(), "i-1", now, 0);
    }
    assert_eq!(group.activities.len(), KEPT);
    assert!(
        group.activities[0]
            .cause
            .starts_with("Because.  At 1970-01-01T00:00:00Z an instance was started")
    );
    assert!(group.cooling(Moment::default().plus(359.0)).is_some());
    assert!(group.cooling(Moment::default().plus(361.0)).is_none());
    group.terminates(String::new(), "i-1", now, 1, Termination::Request);
    assert!(group.activities.iter().all(|activity| activity.end.is_some()));
}
