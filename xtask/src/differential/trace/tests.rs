use super::*;

const STARTS: What = What::Starts;

fn event(step: u32, child: Id, what: What) -> Event {
    Event { step, child, life: 1, what }
}

fn trace(events: &[(Option<Id>, Event)]) -> Trace {
    let mut trace = Trace::default();
    for (supervisor, event) in events {
        trace.push(*supervisor, *event);
    }
    trace
}

#[test]
fn what_different_supervisors_see_is_in_no_order() {
    let (first, second) = ((Some(1), event(0, 2, STARTS)), (Some(3), event(0, 4, STARTS)));
    assert_eq!(Difference::find(&trace(&[first, second]), &trace(&[second, first])), None);
}

#[test]
fn the_order_that_one_supervisor_sees_counts() {
    let (first, second) = ((Some(1), event(0, 2, STARTS)), (Some(1), event(0, 4, STARTS)));
    let found = Difference::find(&trace(&[first, second]), &trace(&[second, first]));
    assert_eq!(found, Some(Difference { supervisor: Some(1), same: 0, step: 0 }));
}

#[test]
fn an_event_that_one_side_lacks_is_a_difference() {
    let starts = (Some(1), event(0, 2, STARTS));
    let ended = (Some(1), event(3, 2, What::Ended { class: Class::Normal, farewell: true }));
    let expected = Some(Difference { supervisor: Some(1), same: 1, step: 3 });
    assert_eq!(Difference::find(&trace(&[starts, ended]), &trace(&[starts])), expected);
    assert_eq!(Difference::find(&trace(&[starts]), &trace(&[starts, ended])), expected);
}

#[test]
fn the_earliest_step_comes_first_and_then_who_is_furthest_down() {
    let ended = What::Ended { class: Class::Crash, farewell: false };
    let ours = trace(&[(Some(0), event(2, 1, ended)), (Some(1), event(2, 5, ended)), (Some(6), event(4, 7, ended))]);
    let found = Difference::find(&ours, &Trace::default()).expect("a difference");
    assert_eq!((found.supervisor, found.step), (Some(1), 2));
}

#[test]
fn every_field_of_an_end_counts() {
    let ended = |class, farewell| trace(&[(Some(0), event(1, 1, What::Ended { class, farewell }))]);
    let one = ended(Class::Shutdown, true);
    assert_eq!(Difference::find(&one, &one), None);
    for other in [ended(Class::Killed, true), ended(Class::Shutdown, false)] {
        assert!(Difference::find(&one, &other).is_some());
    }
}

#[test]
fn ends_at_a_dynamic_supervisor_have_no_order_and_starts_have() {
    let killed = What::Ended { class: Class::Killed, farewell: false };
    let event = |step, child, what| Event { step, child, life: 1, what };
    let sorted = |events: &[Event]| {
        let mut trace = Trace::default();
        events.iter().for_each(|event| trace.push(Some(4), *event));
        let other = trace.clone();
        trace.sort_ends(&[5]);
        assert_eq!(trace, other, "another supervisor's are left as they are");
        trace.sort_ends(&[4]);
        trace.events.remove(&Some(4)).unwrap_or_default()
    };
    let (a, b, c) = (event(1, 7, killed), event(1, 6, killed), event(2, 5, killed));
    assert_eq!(sorted(&[a, b, c]), [b, a, c], "each step by itself");
    let start = event(1, 9, What::Starts);
    assert_eq!(sorted(&[a, start, b]), [a, start, b]);
}
