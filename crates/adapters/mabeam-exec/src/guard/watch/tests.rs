use proptest::prelude::*;

use super::*;

const GRACE: Duration = Duration::from_secs(5);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn watch(wall: Option<u64>) -> Watch {
    let limits = Limits { wall: wall.map(at), cpu: Some(at(10)), memory: Some(1_000), ..Limits::default() };
    Watch::new(limits, GRACE)
}

#[test]
fn a_program_that_is_asked_to_end_is_killed_after_the_grace() {
    let mut it = watch(None);
    assert_eq!(it.due(), None);
    assert_eq!(it.on(at(3), Event::Told(Word::Stop)), [Effect::Terminate]);
    assert_eq!(it.due(), Some(at(8)));
    assert_eq!(it.on(at(7), Event::Tick), []);
    assert_eq!(it.on(at(7), Event::Told(Word::Stop)), []);
    assert_eq!(it.on(at(8), Event::Tick), [Effect::Kill]);
    assert_eq!(it.cause(), Some(Cause::Asked));
}

#[test]
fn what_is_left_of_a_program_that_ends_is_killed() {
    let mut it = watch(None);
    assert_eq!(it.on(at(1), Event::Ended), [Effect::Kill]);
    assert_eq!(it.cause(), None);
    assert_eq!(it.on(at(2), Event::StarterGone), []);
    assert!(!it.is_measured());
}

#[test]
fn a_starter_that_is_gone_leaves_no_time() {
    for stop_first in [false, true] {
        let mut it = watch(None);
        if stop_first {
            it.on(at(1), Event::Told(Word::Stop));
        }
        assert_eq!(it.on(at(2), Event::StarterGone), [Effect::Kill]);
        assert_eq!(it.cause(), Some(if stop_first { Cause::Asked } else { Cause::StarterGone }));
    }
}

#[test]
fn time_for_which_it_is_held_is_not_its_own() {
    let mut it = watch(Some(10));
    assert_eq!(it.due(), Some(at(10)));
    assert_eq!(it.on(at(4), Event::Told(Word::Hold)), [Effect::Hold]);
    assert_eq!(it.on(at(5), Event::Told(Word::Hold)), []);
    assert_eq!((it.due(), it.on(at(90), Event::Tick)), (None, vec![]));
    assert_eq!(it.on(at(100), Event::Told(Word::GoOn)), [Effect::GoOn]);
    assert_eq!(it.due(), Some(at(106)));
    assert_eq!(it.on(at(105), Event::Tick), []);
    assert_eq!(it.on(at(106), Event::Tick), [Effect::Terminate]);
    assert_eq!(it.cause(), Some(Cause::Wall));
    assert_eq!(it.on(at(111), Event::Tick), [Effect::Kill]);
    assert_eq!(it.cause(), Some(Cause::Wall));
}

#[test]
fn a_program_that_is_held_goes_on_to_hear_that_it_is_to_end() {
    let mut it = watch(None);
    it.on(at(1), Event::Told(Word::Hold));
    assert_eq!(it.on(at(2), Event::Told(Word::Stop)), [Effect::Terminate, Effect::GoOn]);
    assert_eq!(it.on(at(2), Event::Told(Word::GoOn)), []);
}

#[test]
fn memory_and_processor_time_have_a_limit_each() {
    let usage = |cpu, memory| Event::Used(Usage { cpu: at(cpu), memory });
    let mut it = watch(None);
    assert_eq!(it.on(at(1), usage(10, 1_000)), []);
    assert_eq!(it.on(at(1), usage(11, 1_000)), [Effect::Kill]);
    assert_eq!(it.cause(), Some(Cause::Cpu));
    let mut it = watch(None);
    assert_eq!(it.on(at(1), usage(0, 1_001)), [Effect::Kill]);
    assert_eq!(it.cause(), Some(Cause::Memory));
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Told(Word::Stop)),
        Just(Event::Told(Word::Hold)),
        Just(Event::Told(Word::GoOn)),
        Just(Event::StarterGone),
        Just(Event::Ended),
        Just(Event::Tick),
        (0_u64..20, 0_u64..2_000).prop_map(|(cpu, memory)| Event::Used(Usage { cpu: at(cpu), memory })),
    ]
}

proptest! {
    /// Whatever happens: a kill comes once and last, holding and going on alternate, and the reason stays.
    #[test]
    fn a_kill_is_the_last_effect(events in proptest::collection::vec(events(), 0..40)) {
        let mut it = watch(Some(30));
        let (mut effects, mut cause) = (Vec::new(), None);
        for (now, event) in events.into_iter().enumerate() {
            effects.extend(it.on(at(now as u64), event));
            prop_assert!(cause.is_none() || it.cause() == cause);
            cause = it.cause();
        }
        let kills = effects.iter().filter(|effect| **effect == Effect::Kill).count();
        prop_assert!(kills == 0 || kills == 1 && effects.last() == Some(&Effect::Kill), "{effects:?}");
        let holds: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::Hold | Effect::GoOn)).collect();
        prop_assert!(holds.windows(2).all(|pair| pair[0] != pair[1]) && holds.first() != Some(&&Effect::GoOn));
    }

    /// Left alone, a program that was asked to end is killed by the time that `due` names.
    #[test]
    fn what_is_due_leads_to_the_end(wall in 1_u64..100, stop in proptest::option::of(0_u64..100)) {
        let mut it = watch(Some(wall));
        if let Some(stop) = stop.filter(|stop| *stop < wall) {
            it.on(at(stop), Event::Told(Word::Stop));
        }
        let mut last = Vec::new();
        while let Some(due) = it.due() {
            last = it.on(due, Event::Tick);
            prop_assert!(!last.is_empty());
        }
        prop_assert_eq!(last, [Effect::Kill]);
    }
}
