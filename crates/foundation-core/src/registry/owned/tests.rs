use super::{Note, OwnedNames};
use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Namespace, RegisteredName, Session};

fn session(boot: u64) -> Session {
    Session { node: NodeId::new("n1").unwrap(), boot, epoch: boot }
}

#[test]
fn a_note_lives_from_sending_to_release() {
    let name = (Namespace::new("agents").unwrap(), RegisteredName::new("a").unwrap());
    let process = ProcessRef { process: 1, incarnation: 1 };
    let mut owned = OwnedNames::default();
    assert_eq!(owned.names(&session(1), process), None, "nothing is known of a session opened elsewhere");

    let note = |is_owned, unanswered| Some(vec![(name.clone(), Note { is_owned, unanswered })]);
    owned.open(&session(1));
    assert_eq!(owned.names(&session(1), process), Some(vec![]));
    owned.sent(&session(1), process, &name);
    assert_eq!(owned.names(&session(1), process), note(false, 1));
    owned.sent(&session(1), process, &name);
    owned.answered(&session(1), process, &name, true);
    assert_eq!(owned.names(&session(1), process), note(true, 1), "the first is still open");
    owned.gone(&session(1), process, &name);
    assert_eq!(owned.names(&session(1), process), Some(vec![]));
    owned.sent(&session(1), process, &name);
    owned.answered(&session(1), process, &name, false);
    assert_eq!(owned.names(&session(1), process), Some(vec![]), "what was refused leaves no note");

    owned.sent(&session(1), process, &name);
    owned.open(&session(2));
    assert_eq!(owned.names(&session(2), process), Some(vec![]), "a new session begins without names");
    owned.close(&session(1));
    assert_eq!(owned.names(&session(2), process), Some(vec![]), "an old session cannot end a new one");
    owned.close(&session(2));
    assert_eq!(owned.names(&session(2), process), None);
}
