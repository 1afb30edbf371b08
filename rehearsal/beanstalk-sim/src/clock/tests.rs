//! Tests of scaled and of manual time.

use super::moment::LONGEST;
use super::*;

/// Records the seconds at which each of `naps` ends.
fn sleeper(clock: &Clock, naps: &'static [f64]) -> Arc<Mutex<Vec<f64>>> {
    let wakings = Arc::new(Mutex::new(Vec::new()));
    let (clock, notes, worker) = (clock.clone(), Arc::clone(&wakings), clock.worker());
    tokio::spawn(async move {
        for seconds in naps {
            clock.sleep(*seconds).await;
            notes.lock().unwrap().push(clock.moment().since(Moment::default()));
        }
        drop(worker);
    });
    wakings
}

#[tokio::test]
async fn running_time_is_scaled() {
    let clock = Clock::start(Moment::default(), 60.0, false, None);
    assert_eq!(clock.real(60.0), Duration::from_secs(1));
    assert_eq!(clock.real(f64::INFINITY), Duration::from_micros(LONGEST));
    assert_eq!(clock.real(-1.0), Duration::ZERO);
    let before = clock.moment();
    let worker = clock.worker();
    clock.sleep(0.6).await;
    drop(worker);
    assert!(clock.moment().since(before) >= 0.6);
}

#[tokio::test]
async fn standing_time_moves_by_hand_and_skips_nothing() {
    let clock = Clock::start(Moment::default(), 1.0, true, None);
    let wakings = sleeper(&clock, &[1.0, 2.0, 10.0]);
    clock.advance(5.0).await.unwrap();
    assert_eq!(*wakings.lock().unwrap(), [1.0, 3.0]);
    assert!((clock.moment().since(Moment::default()) - 5.0).abs() < 1e-9);

    assert!(clock.step().await.unwrap());
    assert_eq!(*wakings.lock().unwrap(), [1.0, 3.0, 13.0]);
    assert!(!clock.step().await.unwrap(), "nothing else is due");
}

#[tokio::test]
async fn time_can_be_stopped_and_let_run_again() {
    let clock = Clock::start(Moment::default(), 1000.0, false, None);
    clock.stand(true);
    let wakings = sleeper(&clock, &[5.0]);
    clock.advance(1.0).await.unwrap();
    assert!(wakings.lock().unwrap().is_empty());
    clock.stand(false);
    assert!(matches!(clock.advance(1.0).await, Err(CannotMove::Running)) || !clock.stands());
    while wakings.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_age_of_a_date_is_simulated_time() {
    let clock = Clock::start(Moment::default(), 1.0, true, Some(Timestamp::UNIX_EPOCH));
    let date = clock.date();
    clock.advance(5.0).await.unwrap();
    assert_eq!((clock.is_younger(date, 6.0), clock.is_younger(date, 5.0)), (true, false));
}

#[tokio::test]
async fn dates_count_from_the_epoch() {
    let epoch: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let clock = Clock::start(Moment::default(), 1.0, true, Some(epoch));
    clock.advance(90.0).await.unwrap();
    assert_eq!(clock.date().to_string(), "2026-01-01T00:01:30Z");
}

#[tokio::test]
async fn an_abandoned_wait_does_not_affect_others() {
    let clock = Clock::start(Moment::default(), 1.0, true, None);
    let worker = clock.worker();
    tokio::select! {
        () = clock.sleep(10.0) => panic!("time stands still"),
        () = async {} => {}
    }
    drop(worker);
    clock.advance(20.0).await.unwrap();
}
