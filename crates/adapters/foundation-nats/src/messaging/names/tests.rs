use super::*;

fn names() -> Names {
    Names::of(&Tenant::new("acme").unwrap())
}

fn message(subject: &str, reply: Option<&str>) -> Message {
    Message {
        subject: subject.into(),
        reply: reply.map(Into::into),
        payload: "x".into(),
        headers: None,
        status: None,
        description: None,
        length: 1,
    }
}

#[test]
fn subjects_come_back_as_they_were() {
    for text in ["a", "a.b-c.D_1", &"s".repeat(Subject::MAX_BYTES)] {
        let subject = Subject::new(text).unwrap();
        let sent = names().outbound(&subject);
        assert_eq!(sent.as_str(), format!("foundation.acme.msg.{text}"));
        assert_eq!(names().delivery(message(&sent, None)).unwrap().subject, subject);
    }
}

#[test]
fn an_inbox_is_answered_as_it_is() {
    let inbox = "_INBOX.foundation.acme.abc.def";
    let delivery = names().delivery(message("foundation.acme.msg.a", Some(inbox))).unwrap();
    let reply_to = delivery.reply_to.unwrap();
    assert_eq!(reply_to.as_str(), inbox);
    assert_eq!(names().outbound(&reply_to).as_str(), inbox);
}

#[test]
fn an_answer_goes_to_no_other_tenant() {
    for reply in ["_INBOX.foundation.other.abc", "$JS.ACK.x", "foundation.other.msg.a", "_INBOX.foundation.acme2.x"] {
        let delivery = names().delivery(message("foundation.acme.msg.a", Some(reply))).unwrap();
        assert_eq!(delivery.reply_to, None, "{reply}");
    }
    let other = Subject::new("_INBOX.foundation.other.abc").unwrap();
    assert_eq!(names().outbound(&other).as_str(), "foundation.acme.msg._INBOX.foundation.other.abc");
}

#[test]
fn a_message_that_the_port_cannot_name_is_an_error() {
    assert_eq!(names().delivery(message("foundation.acme.msg.ä", None)).unwrap_err().code(), Code::Encoding);
}

#[test]
fn patterns_keep_their_wildcards() {
    let pattern = SubjectPattern::new("a.*.>").unwrap();
    assert_eq!(names().pattern(&pattern).as_str(), "foundation.acme.msg.a.*.>");
}
