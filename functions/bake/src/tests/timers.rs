//! Tests of the timers: there is always one while a stack bakes, and they do not multiply.

use super::*;

/// The queue of the function, which delivers each message when it is due.
struct Queue<'a> {
    ports: &'a Fakes,
    due: Vec<Timestamp>,
    seen: usize,
}

impl<'a> Queue<'a> {
    fn of(given: &'a Given) -> Self {
        Self { ports: &given.ports, due: Vec::new(), seen: 0 }
    }

    fn receive(&mut self) {
        let wakes = self.ports.wakes.wakes();
        let now = self.ports.clock.now();
        self.due.extend(wakes[self.seen..].iter().map(|(_, delay)| now + *delay));
        self.seen = wakes.len();
    }

    /// Lets `seconds` pass, with an event of an environment every `events` seconds. A message is a look of its
    /// own, as if no two were ever in one batch. Returns the number of looks that called Beanstalk.
    async fn run(&mut self, seconds: u32, events: Option<u32>) -> usize {
        let before = self.ports.beanstalk.count("environments");
        for second in 1..=seconds {
            self.receive();
            self.ports.clock.advance(Duration::from_secs(1));
            let now = self.ports.clock.now();
            let mut messages = self.due.iter().filter(|due| **due <= now).count();
            self.due.retain(|due| *due > now);
            messages += usize::from(events.is_some_and(|every| second % every == 0));
            for message in 0..messages {
                // Only one look a second.
                self.ports.quota.look_before(message > 0);
                self.ports.look(RECHECK).await.unwrap();
                self.receive();
            }
        }
        self.ports.beanstalk.count("environments") - before
    }
}

fn for_minutes(minutes: u32) -> Given {
    let mut given = given();
    given.request.bake.seconds = Ranged::new(minutes * 60);
    given
}

#[tokio::test]
async fn a_look_comes_once_a_minute_and_at_the_end_of_the_bake() {
    let mut given = given();
    given.request.bake.seconds = Ranged::new(150);
    given.park().await;
    let mut queue = Queue::of(&given);
    assert_eq!(queue.run(149, None).await, 3, "at once, and after one and two minutes");
    assert_eq!(given.ports.tasks.end_of("t1"), None);
    queue.run(2, None).await;
    assert!(given.ports.tasks.end_of("t1").is_some());
    queue.run(120, None).await;
    assert_eq!(queue.due.len(), 0, "nothing bakes any more");
}

#[tokio::test]
async fn events_do_not_leave_timers_behind() {
    let given = for_minutes(120);
    given.park().await;
    let mut queue = Queue::of(&given);
    queue.run(60, Some(7)).await;
    assert!(queue.due.len() <= 2, "{:?}", queue.due);
    let looks = queue.run(240, None).await;
    assert!((3..=5).contains(&looks), "{looks} looks in four minutes");
}

#[tokio::test]
async fn many_bakes_share_a_timer() {
    let given = for_minutes(120);
    given.park().await;
    for number in 0..20 {
        let stack = format!("QA{number}");
        given.ports.locks.put(&stack, held("arn:2", 1));
        let request = request(&stack, "arn:2", 7200);
        given.ports.beanstalk.put(environment(request.environment.as_str(), "v2"));
        given.ports.park(format!("{stack}-token").as_str().into(), request).await.unwrap();
    }
    let mut queue = Queue::of(&given);
    queue.run(60, None).await;
    let looks = queue.run(240, None).await;
    assert!((3..=5).contains(&looks), "{looks} looks in four minutes");
    assert_eq!(queue.due.len(), 1);
}

#[tokio::test]
async fn a_shorter_bake_does_not_wait_for_the_timer_of_a_longer_one() {
    let given = for_minutes(120);
    given.park().await;
    let mut queue = Queue::of(&given);
    queue.run(10, None).await;
    given.ports.locks.put("LIVE", held("arn:2", 1));
    given.ports.beanstalk.put(environment("Demo-LIVE-B", "v2"));
    given.ports.park("t2".into(), request("LIVE", "arn:2", 30)).await.unwrap();
    queue.run(19, None).await;
    assert_eq!(given.ports.tasks.end_of("t2"), None);
    queue.run(2, None).await;
    assert!(given.ports.tasks.end_of("t2").is_some());
    queue.run(120, None).await;
    assert_eq!(queue.due.len(), 1);
}

#[tokio::test]
async fn a_look_just_after_another_one_comes_a_second_later() {
    let given = given();
    given.park().await;
    given.ports.quota.look_before(true);
    given.ports.look(RECHECK).await.unwrap();
    assert_eq!(given.ports.beanstalk.count("environments"), 0);
    let wakes = given.ports.wakes.wakes();
    assert_eq!(wakes.last(), Some(&(WaitKind::Bake, Duration::from_secs(1))));
}

#[tokio::test]
async fn a_throttled_look_is_repeated() {
    let given = for_minutes(120);
    given.park().await;
    given.ports.beanstalk.refuse_next("environments", throttled());
    given.ports.look(RECHECK).await.unwrap();
    assert_eq!(given.ports.wakes.wakes().last(), Some(&(WaitKind::Bake, RECHECK)));
}

#[tokio::test]
async fn without_a_bake_there_is_no_call_and_no_timer() {
    let given = given();
    given.ports.look(RECHECK).await.unwrap();
    assert_eq!(given.ports.beanstalk.count("environments"), 0);
    assert!(given.ports.wakes.wakes().is_empty());
}
